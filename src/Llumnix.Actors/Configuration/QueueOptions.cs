using Llumnix.Scheduling.Queues;

namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.queue</c>: in which order requests of one class wait. Defaults stand in scheduling.hocon.</summary>
public sealed record QueueOptions
{
    /// <summary>The order, of every waiting queue of the cluster.</summary>
    public required IQueueOrder Order { get; init; }

    internal static QueueOptions Read(SettingReader settings)
    {
        string name = settings.Choice("llumnix.queue.order", [.. QueueOrders.Names.Select(name => (name, name))]);
        var wait = settings.Duration("llumnix.queue.token-wait", TimeSpan.Zero, TimeSpan.FromSeconds(1));

        // Arrivals are UTC ticks.
        return new QueueOptions { Order = QueueOrders.Create(name, new QueueOrderOptions { TokenWait = wait.Ticks }) };
    }
}

namespace Llumnix.Scheduling.Queues;

/// <summary>The queue orders by the names they have in configuration.</summary>
public static class QueueOrders
{
    private static readonly SortedDictionary<string, Func<QueueOrderOptions, IQueueOrder>> Known = new(StringComparer.Ordinal)
    {
        ["priority-arrival"] = _ => PriorityArrivalOrder.Instance,
        ["shortest-prompt-first"] = options => new ShortestPromptFirstOrder(options.TokenWait),
    };

    /// <summary>All names, in alphabetical order.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>A queue order by its name.</summary>
    /// <exception cref="ArgumentException">There is none of that name, or an option is out of range.</exception>
    public static IQueueOrder Create(string name, QueueOrderOptions options) => Known.TryGetValue(name, out var create)
        ? create(options)
        : throw new ArgumentException($"There is no queue order \"{name}\"; there are {string.Join(", ", Names)}.");
}

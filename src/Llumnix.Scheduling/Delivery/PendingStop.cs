namespace Llumnix.Scheduling.Delivery;

/// <summary>A placement that no longer speaks for its request and has not confirmed that it stopped.</summary>
/// <param name="Instance">Where it is.</param>
/// <param name="Epoch">It and everything older of the request there is to stop.</param>
/// <param name="Unreachable">Whether the instance is suspected, or does not answer: it is told again and again, but nobody waits for it.</param>
public readonly record struct PendingStop(InstanceId Instance, Epoch Epoch, bool Unreachable)
{
    /// <summary>How often it was repeated.</summary>
    public int Repeats { get; init; }
}

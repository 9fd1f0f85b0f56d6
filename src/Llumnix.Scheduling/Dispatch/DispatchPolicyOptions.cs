namespace Llumnix.Scheduling.Dispatch;

/// <summary>Parameters of the dispatch policies.</summary>
public sealed record DispatchPolicyOptions
{
    /// <summary>For <c>freeness</c>: how far below the best still counts as best, in blocks per running request.</summary>
    public double Spread { get; init; } = 1;
}

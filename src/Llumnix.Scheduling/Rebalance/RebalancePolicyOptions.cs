using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Rebalance;

/// <summary>Parameters of the rebalance policies. Freeness is in blocks per running request.</summary>
public sealed record RebalancePolicyOptions
{
    /// <summary>An instance of less freeness is a source.</summary>
    public double SourceBelow { get; init; } = 10;

    /// <summary>An instance of more freeness is a destination; at least <see cref="SourceBelow"/>.</summary>
    public double DestinationAbove { get; init; } = 20;

    /// <summary>For <c>freeness-pairs</c>: requests that one pair moves in a round.</summary>
    public int RequestsPerPair { get; init; } = 1;

    /// <summary>For <c>balanced-pairs</c>: requests that one instance gives away, and takes, at a time.</summary>
    public int RequestsPerInstance { get; init; } = 4;

    /// <summary>For <c>balanced-pairs</c>: by how much the destination of a move must stay better off than its source was, so that what little a move brings is not eaten by its cost.</summary>
    public double LeastGain { get; init; } = 1;

    /// <summary>For <c>balanced-pairs</c>: decode steps for which running requests must find room to grow at a destination beside what comes.</summary>
    public int LookaheadSteps { get; init; } = 64;

    /// <summary>By priority class, as everywhere that freeness is taken.</summary>
    public Headrooms Headrooms { get; init; } = Headrooms.None;

    /// <summary>Throws where a value cannot be used, with one sentence that names it.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        if (double.IsNaN(SourceBelow)) throw new ArgumentException($"{nameof(SourceBelow)} is no number; it must be blocks per running request.");
        if (!(DestinationAbove >= SourceBelow))
        {
            throw new ArgumentException(
                $"{nameof(DestinationAbove)} is {DestinationAbove} and {nameof(SourceBelow)} is {SourceBelow}; the first must be at least the second, or requests go round in circles.");
        }

        if (!(LeastGain >= 0)) throw new ArgumentException($"{nameof(LeastGain)} is {LeastGain}; it must be 0 or more.");
        if (LookaheadSteps < 0) throw new ArgumentException($"{nameof(LookaheadSteps)} is {LookaheadSteps}; it must be 0 or more.");
        if (RequestsPerInstance < 1) throw new ArgumentException($"{nameof(RequestsPerInstance)} is {RequestsPerInstance}; it must be 1 or more.");
        if (RequestsPerPair < 1) throw new ArgumentException($"{nameof(RequestsPerPair)} is {RequestsPerPair}; it must be 1 or more.");
    }
}

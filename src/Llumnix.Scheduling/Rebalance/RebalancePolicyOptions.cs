using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Rebalance;

/// <summary>Parameters of the rebalance policies. Freeness is in blocks per running request.</summary>
public sealed record RebalancePolicyOptions
{
    /// <summary>An instance of less freeness is a source.</summary>
    public double SourceBelow { get; init; } = 10;

    /// <summary>An instance of more freeness is a destination; at least <see cref="SourceBelow"/>.</summary>
    public double DestinationAbove { get; init; } = 60;

    /// <summary>Requests that one pair moves in a round.</summary>
    public int RequestsPerPair { get; init; } = 1;

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

        if (RequestsPerPair < 1) throw new ArgumentException($"{nameof(RequestsPerPair)} is {RequestsPerPair}; it must be 1 or more.");
    }
}

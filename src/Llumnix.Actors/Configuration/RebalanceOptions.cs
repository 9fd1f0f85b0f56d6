using Llumnix.Scheduling.Rebalance;

namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.rebalance</c>: which instances hand requests to which others. Defaults stand in scheduling.hocon.</summary>
public sealed record RebalanceOptions
{
    /// <summary>The policy's name among <see cref="RebalancePolicies.Names"/>.</summary>
    public required string Policy { get; init; }

    /// <summary>How often it decides.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Its parameters, without the headrooms.</summary>
    public required RebalancePolicyOptions Parameters { get; init; }

    internal static RebalanceOptions Read(SettingReader settings)
    {
        const string source = "llumnix.rebalance.source-below", destination = "llumnix.rebalance.destination-above";
        var options = new RebalanceOptions
        {
            Policy = settings.Choice("llumnix.rebalance.policy", [.. RebalancePolicies.Names.Select(name => (name, name))]),
            Interval = settings.Duration("llumnix.rebalance.interval", TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)),
            Parameters = new RebalancePolicyOptions
            {
                SourceBelow = settings.Number(source, -1e9, 1e9),
                DestinationAbove = settings.Number(destination, -1e9, 1e9),
                RequestsPerPair = settings.Whole("llumnix.rebalance.requests-per-pair", 1, 1000),
                RequestsPerInstance = settings.Whole("llumnix.rebalance.requests-per-instance", 1, 1000),
                LeastGain = settings.Number("llumnix.rebalance.least-gain", 0, 1e9),
                LookaheadSteps = settings.Whole("llumnix.rebalance.lookahead-steps", 0, 1 << 20),
            },
        };
        if (options.Parameters.DestinationAbove < options.Parameters.SourceBelow)
            throw settings.Contradiction(destination, source, "the first must be at least the second, or requests go round in circles");
        return options;
    }
}

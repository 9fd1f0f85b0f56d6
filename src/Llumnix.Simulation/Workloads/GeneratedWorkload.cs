using System.Globalization;

namespace Llumnix.Simulation.Workloads;

/// <summary>A workload by its distributions.</summary>
public sealed record GeneratedWorkload
{
    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    public required ILengthDistribution Input { get; init; }

    public required ILengthDistribution Output { get; init; }

    /// <summary>Requests per second.</summary>
    public required double Rate { get; init; }

    /// <summary>
    /// Coefficient of variation of the times between arrivals: 1 is Poisson, others are Gamma of shape 1 / CV² and scale CV² / rate.
    /// </summary>
    public double Variation { get; init; } = 1;

    /// <summary>How many.</summary>
    public int Requests { get; init; } = 10_000;

    /// <summary>How the rate goes over time.</summary>
    public RateCurve Curve { get; init; } = new RateCurve.Steady();

    /// <summary>Who they are of.</summary>
    public ClassShares Shares { get; init; } = ClassShares.AllNormal;

    /// <summary>The requests, the same for the same seed.</summary>
    public Workload Generate(ulong seed)
    {
        int[] inputs = Input.Draw(Requests, new SimulationRandom(seed, "input lengths"));
        int[] outputs = Output.Draw(Requests, new SimulationRandom(seed, "output lengths"));
        var times = new SimulationRandom(seed, "arrivals");
        var classes = new SimulationRandom(seed, "classes");
        var requests = new WorkloadRequest[Requests];
        double shape = 1 / (Variation * Variation);
        double mean = 0;
        for (int i = 0; i < requests.Length; i++)
        {
            mean += (Variation == 1 ? times.NextExponential() : times.NextGamma(shape) / shape) / Rate;
            var (priority, tenant) = Shares.Draw(classes);
            requests[i] = new WorkloadRequest(TimeSpan.FromSeconds(Curve.TimeOf(mean)), inputs[i], outputs[i], priority, tenant);
        }

        return new Workload(Description, requests) { Tenants = Shares.TenantNames };
    }

    private string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name} at {Rate:0.###} requests/s, {(Variation == 1 ? "Poisson" : $"Gamma of CV {Variation:0.###}")}{(Curve is RateCurve.Steady ? "" : $", {Curve.Description}")}, {Requests} requests");
}

using Llumnix.Scheduling;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Simulation.Cluster;

/// <summary>A request on its way through the simulated cluster, and what happened to it.</summary>
internal sealed class SimulatedRequest(int index, in WorkloadRequest spec, Priority served)
{
    private static readonly TimeSpan Never = TimeSpan.MinValue;

    public int Index { get; } = index;

    /// <summary>Carries the index, so that nobody needs a dictionary to find the request.</summary>
    public RequestId Id { get; } = IdOf(index);

    public TimeSpan Arrival { get; } = spec.Arrival;

    public int InputTokens { get; } = spec.InputTokens;

    /// <summary>How many tokens it generates before it ends.</summary>
    public int OutputTokens { get; set; } = spec.OutputTokens;

    /// <summary>Its class in the workload.</summary>
    public Priority Priority { get; } = spec.Priority;

    /// <summary>The class it is served in: normal where the policy knows no classes.</summary>
    public Priority Served { get; } = served;

    public int Tenant { get; } = spec.Tenant;

    public int[]? PrefixBlocks { get; } = spec.PrefixBlocks;

    public int Generated { get; private set; }

    public TimeSpan FirstToken { get; private set; }

    public TimeSpan LastToken { get; private set; }

    /// <summary>Seconds of the decode steps that it took part in.</summary>
    public double DecodeSeconds { get; private set; }

    public TimeSpan PreemptionLoss { get; private set; }

    public int Preemptions { get; private set; }

    public int Migrations { get; set; }

    public TimeSpan Downtime { get; set; }

    /// <summary>Why it was not served; null where it was, or is to be.</summary>
    public string? Refusal { get; set; }

    /// <summary>Its placement in the cluster, which rises with every grant.</summary>
    public Epoch Epoch { get; set; } = Epoch.First;

    /// <summary>The migration that its instance is its source of.</summary>
    public SimulatedMigration? Migration { get; set; }

    /// <summary>Instances that refused it since it was last placed or begun anew.</summary>
    public List<InstanceId> Excluded { get; } = [];

    public bool Ended => Generated == OutputTokens;

    private TimeSpan PreemptedAt { get; set; } = Never;

    public static RequestId IdOf(int index) => new(0, (ulong)(index + 1) << 16);

    public static int IndexOf(RequestId id) => (int)(id.Low >> 16) - 1;

    /// <summary>It lost its blocks.</summary>
    public void Preempt(TimeSpan now)
    {
        Preemptions++;
        if (PreemptedAt == Never) PreemptedAt = now;
    }

    /// <summary>It got its next token.</summary>
    /// <param name="now">When.</param>
    /// <param name="step">The step's seconds.</param>
    /// <param name="decoded">Whether the step computed one token of it.</param>
    /// <returns>The time since the token before, or since its arrival.</returns>
    public TimeSpan TakeToken(TimeSpan now, double step, bool decoded)
    {
        var since = now - (Generated == 0 ? Arrival : LastToken);
        if (Generated++ == 0) FirstToken = now;
        LastToken = now;
        if (decoded) DecodeSeconds += step;
        if (PreemptedAt == Never) return since;

        PreemptionLoss += now - PreemptedAt;
        PreemptedAt = Never;
        return since;
    }
}

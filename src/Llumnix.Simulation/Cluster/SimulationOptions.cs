using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Migration;
using Llumnix.Simulation.Costs;

namespace Llumnix.Simulation.Cluster;

/// <summary>A cluster to simulate.</summary>
public sealed record SimulationOptions
{
    /// <summary>Every instance's batch scheduler.</summary>
    public required BatchSchedulerOptions Batching { get; init; }

    /// <summary>How long its steps take.</summary>
    public required ICostModel Cost { get; init; }

    /// <summary>Who decides.</summary>
    public required ClusterPolicy Policy { get; init; }

    /// <summary>Instances there are at the beginning.</summary>
    public int Instances { get; init; } = 16;

    /// <summary>How many instances share a node's network.</summary>
    public int InstancesPerNode { get; init; } = 4;

    /// <summary>How many dispatchers place requests; each request comes to one at random.</summary>
    public int Dispatchers { get; init; } = 1;

    /// <summary>What the manager sees.</summary>
    public ViewOptions ManagerView { get; init; } = ViewOptions.Default;

    /// <summary>What migrations cost.</summary>
    public LinkOptions Links { get; init; } = new();

    /// <summary>Limits of migrations.</summary>
    public MigrationOptions Migration { get; init; } = new();

    /// <summary>How requests move.</summary>
    public MigrationMethod Method { get; init; } = MigrationMethod.Live;

    /// <summary>The most migrations at once out of one instance, and into one.</summary>
    public int MaxConcurrentMigrations { get; init; } = 4;

    /// <summary>How long a control message takes.</summary>
    public TimeSpan MessageDelay { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How long a request takes from a dispatcher to its instance.</summary>
    public TimeSpan SubmitDelay { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>After how long a request that nobody took is tried again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long an instance takes to start.</summary>
    public TimeSpan StartTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of everything drawn.</summary>
    public ulong Seed { get; init; } = 1;
}

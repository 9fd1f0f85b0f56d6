using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Migration;
using Llumnix.Simulation.Cluster;

namespace Llumnix.Simulation.Results;

/// <summary>
/// Samples of a run at even distances. As nobody knows beforehand how long a run takes, every other one is dropped, and the distance
/// doubled, whenever there are too many.
/// </summary>
internal sealed class Timeline
{
    private const int Most = 512;
    private readonly List<TimelineSample> _samples = [];

    public TimeSpan Interval { get; private set; } = TimeSpan.FromSeconds(1);

    public IReadOnlyList<TimelineSample> Samples => _samples;

    public void Add(SimulatedCluster cluster)
    {
        var instances = cluster.Instances
            .Where(instance => !instance.HasEnded)
            .Select(instance =>
            {
                var load = instance.Scheduler.Load();
                return new InstanceSample(
                    instance.Index,
                    (float)Freeness.Of(load, terminating: false, Headrooms.None),
                    (float)load.UsedBlocks / load.TotalBlocks,
                    load.Running,
                    load.Waiting,
                    instance.Terminating);
            })
            .ToArray();
        int moved = cluster.Statistics.Migrations.GetValueOrDefault(MigrationOutcome.Moved);
        _samples.Add(new TimelineSample(cluster.Clock.Now, cluster.Manager.Starting, moved, instances));
        if (_samples.Count < Most) return;

        for (int i = 1; i < _samples.Count; i++) _samples.RemoveAt(i);
        Interval *= 2;
    }
}

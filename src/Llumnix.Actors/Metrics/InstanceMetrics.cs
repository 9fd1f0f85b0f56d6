using System.Collections.Immutable;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Metrics;

/// <summary>What one instance measures. Written by its actor, read by whoever collects.</summary>
internal sealed class InstanceMetrics
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(MigrationMethod Method, MigrationOutcome Outcome), long> _migrations = [];
    private readonly Dictionary<MigrationMethod, long> _bytes = [];
    private readonly Dictionary<(string Name, string Method, string? Outcome), DurationHistogram> _durations = [];
    private LoadProtocol.InstanceReport? _report;
    private long _prefixQueries;
    private long _prefixHits;

    /// <param name="id">The instance.</param>
    /// <param name="model">Its model.</param>
    /// <param name="method">How it moves requests; counted from zero, so that the first migration is seen to be one.</param>
    public InstanceMetrics(InstanceId id, string model, MigrationMethod method)
    {
        Tags = [new("model_name", model), new("instance", id.Name)];
        QueueTime = new DurationHistogram("request_queue_time_seconds", "From an instance taking a request to the first step that has it.", Tags, -4, 2);
        _bytes[method] = 0;
        foreach (var outcome in Enum.GetValues<MigrationOutcome>()) _migrations[(method, outcome)] = 0;
    }

    public ImmutableArray<KeyValuePair<string, object?>> Tags { get; }

    public DurationHistogram QueueTime { get; }

    /// <summary>Its last report; null before the first.</summary>
    public LoadProtocol.InstanceReport? Last => Volatile.Read(ref _report);

    /// <summary>Prompt tokens looked for in the prefix cache, since its start.</summary>
    public long PrefixQueries => Volatile.Read(ref _prefixQueries);

    /// <summary>Of them, those found.</summary>
    public long PrefixHits => Volatile.Read(ref _prefixHits);

    /// <summary>Whether it is gone; nothing of it is told any more.</summary>
    public bool Ended { get; private set; }

    public void Report(LoadProtocol.InstanceReport report, long prefixQueries, long prefixHits)
    {
        Volatile.Write(ref _prefixQueries, prefixQueries);
        Volatile.Write(ref _prefixHits, prefixHits);
        Volatile.Write(ref _report, report);
    }

    /// <summary>A migration out of it ended.</summary>
    public void Migrated(MigrationRecord record)
    {
        var outcome = record.Outcome!.Value;
        string method = MigrationWords.Of(record.Method);
        lock (_gate)
        {
            _migrations[(record.Method, outcome)] = _migrations.GetValueOrDefault((record.Method, outcome)) + 1;
            _bytes[record.Method] = _bytes.GetValueOrDefault(record.Method) + record.Bytes;
            Duration("migration_duration_seconds", "From a migration's order to its end.", method, MigrationWords.Of(outcome)).Observe(record.Duration);
            if (outcome == MigrationOutcome.Moved)
            {
                Duration(
                    "migration_downtime_seconds",
                    "From a request leaving its source's batch to its destination being able to step it.",
                    method).Observe(record.Downtime);
            }
        }
    }

    public void End() => Ended = true;

    public IReadOnlyList<DurationHistogram> Durations()
    {
        lock (_gate) return [QueueTime, .. _durations.Values];
    }

    public IReadOnlyList<(MigrationMethod Method, MigrationOutcome Outcome, long Count)> Migrations()
    {
        lock (_gate) return [.. _migrations.Select(entry => (entry.Key.Method, entry.Key.Outcome, entry.Value))];
    }

    public IReadOnlyList<(MigrationMethod Method, long Bytes)> MigrationBytes()
    {
        lock (_gate) return [.. _bytes.Select(entry => (entry.Key, entry.Value))];
    }

    private DurationHistogram Duration(string name, string description, string method, string? outcome = null)
    {
        if (_durations.TryGetValue((name, method, outcome), out var known)) return known;

        var tags = Tags.Add(new("method", method));
        if (outcome is not null) tags = tags.Add(new("outcome", outcome));
        return _durations[(name, method, outcome)] = new DurationHistogram(name, description, tags, -5, 2);
    }
}

using System.Collections.Immutable;

namespace Llumnix.Actors.Metrics;

/// <summary>
/// How long something took, counted in buckets. Unlike a meter's histogram it takes many equal durations at once, as when one step gives
/// all requests of a batch their next token, and allocates nothing.
/// </summary>
public sealed class DurationHistogram
{
    private readonly Lock _gate = new();
    private readonly long[] _bounds;
    private readonly long[] _counts;
    private readonly long[] _ticks;

    /// <param name="name">Its name, in seconds.</param>
    /// <param name="description">What it measures, as a sentence.</param>
    /// <param name="tags">What it is of.</param>
    /// <param name="fromDecade">The power of ten, in seconds, that the first bucket ends at.</param>
    /// <param name="toDecade">That the last one but the open one ends at; the bounds between rise by 1, 2, 5.</param>
    internal DurationHistogram(string name, string description, ImmutableArray<KeyValuePair<string, object?>> tags, int fromDecade, int toDecade)
    {
        Name = name;
        Description = description;
        Tags = tags;
        Bounds = [.. Rise(fromDecade, toDecade)];
        _bounds = [.. Bounds.Select(seconds => (long)Math.Round(seconds * TimeSpan.TicksPerSecond))];
        _counts = new long[_bounds.Length + 1];
        _ticks = new long[_bounds.Length + 1];
    }

    public string Name { get; }

    public string Description { get; }

    public ImmutableArray<KeyValuePair<string, object?>> Tags { get; }

    /// <summary>Upper bounds of the buckets in seconds, rising; the last bucket has none and stands for everything above.</summary>
    public ImmutableArray<double> Bounds { get; }

    /// <summary>Counts <paramref name="count"/> equal durations.</summary>
    public void Observe(TimeSpan duration, int count = 1)
    {
        int bucket = Array.BinarySearch(_bounds, duration.Ticks);
        if (bucket < 0) bucket = ~bucket;
        lock (_gate)
        {
            _counts[bucket] += count;
            _ticks[bucket] += duration.Ticks * count;
        }
    }

    /// <summary>What was counted so far, for each of <see cref="Bounds"/> and above: how many durations, and how long they were together.</summary>
    public (long Count, TimeSpan Total)[] Read()
    {
        lock (_gate) return [.. _counts.Select((count, bucket) => (count, new TimeSpan(_ticks[bucket])))];
    }

    private static IEnumerable<double> Rise(int fromDecade, int toDecade)
    {
        for (int decade = fromDecade; decade < toDecade; decade++)
        {
            foreach (int step in (int[])[1, 2, 5]) yield return decade < 0 ? step / Math.Pow(10, -decade) : step * Math.Pow(10, decade);
        }

        yield return Math.Pow(10, toDecade);
    }
}

using System.Diagnostics;

namespace Llumnix.Benchmarks;

/// <summary>When each token of several requests at once came, and how fast that was while all of them were decoding.</summary>
internal sealed class TokenTimes(int requests)
{
    private readonly List<long>[] _times = [.. Enumerable.Range(0, requests).Select(_ => new List<long>())];

    /// <summary>Notes that a token of a request came now; one caller a request.</summary>
    public void Add(int request) => _times[request].Add(Stopwatch.GetTimestamp());

    public int Count => _times.Sum(times => times.Count);

    public long First(int request) => _times[request][0];

    /// <summary>Tokens a second between the last request's first token and the first request's last.</summary>
    public double PerSecond()
    {
        long from = _times.Max(times => times[0]), to = _times.Min(times => times[^1]);
        if (to <= from)
        {
            throw new BenchmarkArgumentException("The requests were never all decoding at once: raise --tokens.");
        }

        return _times.Sum(times => times.Count(time => time > from && time <= to)) / Stopwatch.GetElapsedTime(from, to).TotalSeconds;
    }
}

using System.Collections.Immutable;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Metrics;

/// <summary>What a gateway's node measures on the requests of one model.</summary>
public sealed class RequestMetrics
{
    /// <summary>vLLM's words, which dashboards know.</summary>
    internal static readonly ImmutableArray<(FinishReason Reason, string Word)> Reasons =
        [(FinishReason.Stop, "stop"), (FinishReason.Length, "length"), (FinishReason.Cancelled, "abort"), (FinishReason.Failed, "error")];

    private readonly long[] _ended = new long[Reasons.Length];
    private long _recoveries;

    internal RequestMetrics(string model)
    {
        Tags = [new("model_name", model)];
        FirstToken = new DurationHistogram(
            "time_to_first_token_seconds", "From the session taking a request to its first token at its gateway.", Tags, -3, 2);
        InterToken = new DurationHistogram("inter_token_latency_seconds", "Between a request's tokens, as they come to its gateway.", Tags, -4, 1);
        EndToEnd = new DurationHistogram(
            "e2e_request_latency_seconds", "From the session taking a request to its last token, where it finished by stop or length.", Tags, -2, 3);
    }

    /// <summary>To be counted once a request.</summary>
    public DurationHistogram FirstToken { get; }

    public DurationHistogram InterToken { get; }

    public DurationHistogram EndToEnd { get; }

    internal ImmutableArray<KeyValuePair<string, object?>> Tags { get; }

    internal long Recoveries => Volatile.Read(ref _recoveries);

    /// <summary>A request ended.</summary>
    internal void End(FinishReason reason, TimeSpan sinceStart)
    {
        for (int i = 0; i < _ended.Length; i++)
        {
            if (Reasons[i].Reason == reason) Interlocked.Increment(ref _ended[i]);
        }

        if (reason is FinishReason.Stop or FinishReason.Length) EndToEnd.Observe(sinceStart);
    }

    /// <summary>A request lost its instance and was placed anew.</summary>
    internal void Recover() => Interlocked.Increment(ref _recoveries);

    /// <summary>How many requests ended for each of <see cref="Reasons"/>.</summary>
    internal long Ended(int reason) => Volatile.Read(ref _ended[reason]);
}

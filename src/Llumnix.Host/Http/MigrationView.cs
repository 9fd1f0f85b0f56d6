using Llumnix.Actors.Protocols;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Host.Http;

/// <summary>A migration as operators see it; times in milliseconds.</summary>
/// <param name="DowntimeExact">Whether the downtime was read from one monotonic clock; otherwise it includes the commit's answer.</param>
/// <param name="Method"><c>live</c>, <c>blocking-copy</c> or <c>recompute</c>.</param>
/// <param name="Phase">How far it is: <c>asking</c>, <c>reserving</c>, <c>copying</c>, <c>extending</c>, <c>stopping</c>, <c>extendingstopped</c>, <c>committing</c>, <c>deciding</c>, <c>ended</c>.</param>
/// <param name="Outcome"><c>moved</c>, <c>aborted</c>, <c>reverted</c> or <c>overtaken</c>; null while it goes on.</param>
internal sealed record MigrationView(
    string Id, string Request, string From, string To, string Method, DateTimeOffset StartedAt, double DurationMs, double DowntimeMs, bool DowntimeExact,
    int[] StageBlocks, long[] StageBytes, long Bytes, int Tokens, string Phase, string? Outcome, string Reason)
{
    public static MigrationView Of(MigrationRecord record) => new(
        record.Migration.ToString(), record.Request.ToString(), record.From.Name, record.To.Name, MigrationWords.Of(record.Method), record.StartedAt,
        record.Duration.TotalMilliseconds, record.Downtime.TotalMilliseconds, record.DowntimeExact, record.StageBlocks, record.StageBytes, record.Bytes, record.Tokens,
        record.Phase.ToString().ToLowerInvariant(), record.Outcome is { } outcome ? MigrationWords.Of(outcome) : null, record.Reason);
}

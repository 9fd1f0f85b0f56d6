using System.Diagnostics.CodeAnalysis;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Instances;

/// <summary>
/// The requests that ended or were stopped within <c>resume-window</c>, the newest 65536 at most: what came too late for them is known as
/// such, and what of their tokens was lost on the way can be sent again. Whole outputs are kept of the newest, 4 million tokens at most.
/// </summary>
/// <param name="window">The time to keep one.</param>
/// <param name="time">The clock.</param>
internal sealed class EndedRequests(TimeSpan window, TimeProvider time)
{
    /// <summary>With at most <c>max-unacked</c> tokens each; in practice nearly all are acknowledged, and take 100 bytes.</summary>
    private const int Most = 1 << 16;

    private const int MostTokens = 1 << 22;

    private readonly Dictionary<RequestId, EndedRequest> _byId = [];
    private readonly Queue<EndedRequest> _byAge = [];
    private readonly Queue<EndedRequest> _outputs = [];
    private int _tokens;

    public int Count => _byId.Count;

    /// <summary>Those of them that moved to another instance.</summary>
    public int Moved => _byId.Values.Count(static ended => ended.MovedTo is not null);

    public void Add(EndedRequest ended)
    {
        _byId[ended.Request] = ended;
        _byAge.Enqueue(ended);
        while (_byAge.Count > Most) RemoveOldest();
        if (ended.Output is not { } output) return;

        _outputs.Enqueue(ended);
        _tokens += output.Tokens.Length;
        while (_tokens > MostTokens) ForgetOldestOutput();
    }

    public bool TryGet(RequestId request, [NotNullWhen(true)] out EndedRequest? ended) => _byId.TryGetValue(request, out ended);

    /// <summary>Forgets a request because a newer epoch of it has come.</summary>
    public void Remove(RequestId request) => _byId.Remove(request);

    /// <summary>Forgets what ended too long ago.</summary>
    public void Expire()
    {
        long now = time.GetTimestamp();
        while (_byAge.TryPeek(out var oldest) && time.GetElapsedTime(oldest.EndedAt, now) >= window) RemoveOldest();
    }

    /// <summary>
    /// Whether nobody has still to ask here for one of them: those that moved did so <paramref name="moved"/> ago, time enough for a lost
    /// first frame from the new place to be asked for again; the others' tokens are acknowledged to the end, or have been waiting for that
    /// so long (<paramref name="orphan"/>) that there is nobody.
    /// </summary>
    public bool AreSettled(TimeSpan moved, TimeSpan orphan)
    {
        long now = time.GetTimestamp();
        return _byId.Values.All(ended => ended switch
        {
            { MovedTo: not null } => time.GetElapsedTime(ended.EndedAt, now) >= moved,
            { Outbound: { IsDone: false } } => time.GetElapsedTime(ended.EndedAt, now) >= orphan,
            _ => true,
        });
    }

    private void RemoveOldest()
    {
        var oldest = _byAge.Dequeue();
        if (_outputs.TryPeek(out var output) && ReferenceEquals(output, oldest)) ForgetOldestOutput();
        if (_byId.TryGetValue(oldest.Request, out var known) && ReferenceEquals(known, oldest)) _byId.Remove(oldest.Request);
    }

    private void ForgetOldestOutput()
    {
        var oldest = _outputs.Dequeue();
        _tokens -= oldest.Output!.Tokens.Length;
        oldest.Output = null;
    }
}

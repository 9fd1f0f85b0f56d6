namespace Llumnix.Actors.KvStreams;

/// <summary>Notes the progress of one end of a connection. Safe to look at from any thread.</summary>
internal sealed class KvStallWatch(TimeSpan timeout, TimeProvider time)
{
    private const long Resting = -1;

    private long _read = Resting;
    private long _write = Resting;
    private long _answer = Resting;

    /// <summary>Whether a frame under way, or the answer to a stage, has made no progress for the stall time-out.</summary>
    public bool Stalled => IsStalled(ref _read) || IsStalled(ref _write) || IsStalled(ref _answer);

    public string Tell(string peer) => $"the KV connection with {peer} made no progress for {timeout.TotalMilliseconds:0} ms";

    public void ReadMoved() => Volatile.Write(ref _read, time.GetTimestamp());

    public void ReadEnded() => Volatile.Write(ref _read, Resting);

    public void WriteMoved() => Volatile.Write(ref _write, time.GetTimestamp());

    public void WriteEnded() => Volatile.Write(ref _write, Resting);

    public void AwaitAnswer() => Volatile.Write(ref _answer, time.GetTimestamp());

    public void Answered() => Volatile.Write(ref _answer, Resting);

    private bool IsStalled(ref long progress) =>
        Volatile.Read(ref progress) is var since && since != Resting && time.GetElapsedTime(since) > timeout;
}

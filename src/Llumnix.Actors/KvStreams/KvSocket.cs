using System.Buffers;
using System.Net.Sockets;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// Frames over one connected socket. One reader and one writer at a time. Whoever watches it calls <see cref="BreakIfStalled"/> now and
/// then: a frame that makes no progress for the stall time-out breaks the connection.
/// </summary>
internal sealed class KvSocket(Socket socket, TimeSpan stallTimeout, TimeProvider time) : IDisposable
{
    private const long Resting = -1;

    private readonly byte[] _incoming = new byte[KvFrameHeader.Size];
    private readonly byte[] _outgoing = new byte[KvFrameHeader.Size];
    private long _readProgress = Resting;
    private long _writeProgress = Resting;
    private long _answerAwaited = Resting;
    private string? _broken;

    /// <summary>The other end, for messages.</summary>
    public string Peer { get; } = socket.RemoteEndPoint?.ToString() ?? "?";

    /// <summary>The next frame's header, or null when the other end closed the connection between two frames.</summary>
    /// <exception cref="KvStreamException">The connection broke, stalled within the header, or carried something else.</exception>
    public async ValueTask<KvFrameHeader?> ReadHeaderAsync()
    {
        int first = await ReceiveAsync(_incoming);
        if (first == 0) return null;
        await ReadAsync(_incoming.AsMemory(first));
        Volatile.Write(ref _answerAwaited, Resting);
        return KvFrameHeader.Read(_incoming);
    }

    /// <summary>Fills <paramref name="target"/>.</summary>
    /// <exception cref="KvStreamException">The connection broke or stalled.</exception>
    public async ValueTask ReadAsync(Memory<byte> target)
    {
        Volatile.Write(ref _readProgress, time.GetTimestamp());
        while (!target.IsEmpty)
        {
            int n = await ReceiveAsync(target);
            if (n == 0) throw new KvStreamException($"the KV connection with {Peer} was cut within a frame");
            target = target[n..];
            Volatile.Write(ref _readProgress, time.GetTimestamp());
        }

        Volatile.Write(ref _readProgress, Resting);
    }

    /// <summary>Reads <paramref name="count"/> bytes and forgets them, so that the connection stands at the next frame.</summary>
    public async ValueTask SkipAsync(int count)
    {
        byte[] scratch = ArrayPool<byte>.Shared.Rent(Math.Clamp(count, 1, 64 << 10));
        try
        {
            for (int left = count; left > 0;)
            {
                int part = Math.Min(left, scratch.Length);
                await ReadAsync(scratch.AsMemory(0, part));
                left -= part;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    /// <summary>Writes a frame.</summary>
    /// <exception cref="KvStreamException">The connection broke or stalled.</exception>
    public async ValueTask WriteAsync(KvFrameHeader header, ReadOnlyMemory<byte> payload)
    {
        Volatile.Write(ref _writeProgress, time.GetTimestamp());
        header.Write(_outgoing);
        await SendAsync(_outgoing);
        await SendAsync(payload);
        Volatile.Write(ref _writeProgress, Resting);
        if (header.Kind == KvFrameKind.LastBlock) Volatile.Write(ref _answerAwaited, time.GetTimestamp());
    }

    /// <summary>Breaks the connection if a frame under way, or the answer to a stage, has made no progress for the stall time-out.</summary>
    public void BreakIfStalled()
    {
        if (Stalled(ref _readProgress) || Stalled(ref _writeProgress) || Stalled(ref _answerAwaited))
            Break($"the KV connection with {Peer} made no progress for {stallTimeout.TotalMilliseconds:0} ms");
    }

    /// <summary>Closes the connection; what is being read or written fails with <paramref name="reason"/>.</summary>
    public void Break(string reason)
    {
        Interlocked.CompareExchange(ref _broken, reason, null);
        socket.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => Break($"the KV connection with {Peer} was closed by this node");

    private bool Stalled(ref long progress) =>
        Volatile.Read(ref progress) is var since && since != Resting && time.GetElapsedTime(since) > stallTimeout;

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None)..];
                Volatile.Write(ref _writeProgress, time.GetTimestamp());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Cut(e);
        }
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> target)
    {
        try
        {
            return await socket.ReceiveAsync(target, SocketFlags.None);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Cut(e);
        }
    }

    private KvStreamException Cut(Exception e) =>
        new(Volatile.Read(ref _broken) ?? $"the KV connection with {Peer} was cut: {e.Message}", e);
}

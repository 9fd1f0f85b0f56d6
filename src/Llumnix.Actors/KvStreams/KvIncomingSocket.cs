using System.Buffers;
using System.IO.Hashing;
using System.Net.Sockets;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// The destination's end of a KV connection. It blocks the thread that reads it, which is the connection's own: where all cores compute,
/// every thread that must be woken on the way costs up to a time slice, and this way it is one. Reads straight into the memory given, and
/// hashes what has come while more comes.
/// </summary>
internal sealed class KvIncomingSocket(Socket socket, TimeSpan stallTimeout, TimeProvider time) : IDisposable
{
    // Small enough to be in a core's cache still when it is hashed.
    private const int Part = 256 << 10;

    private readonly KvStallWatch _watch = new(stallTimeout, time);
    private readonly XxHash3 _hash = new();
    private readonly byte[] _header = new byte[KvFrameHeader.Size];
    private string? _broken;

    /// <summary>The other end, for messages.</summary>
    public string Peer { get; } = socket.RemoteEndPoint?.ToString() ?? "?";

    /// <summary>The next frame's header, or null when the other end closed the connection between two frames.</summary>
    /// <exception cref="KvStreamException">The connection broke, stalled within the header, or carried something else.</exception>
    public KvFrameHeader? ReadHeader()
    {
        int first = Receive(_header);
        if (first == 0) return null;
        Fill(_header.AsSpan(first));
        return KvFrameHeader.Read(_header);
    }

    /// <summary>Fills <paramref name="target"/>; returns whether its checksum is the one given.</summary>
    /// <exception cref="KvStreamException">The connection broke or stalled.</exception>
    public bool Read(Span<byte> target, ulong checksum)
    {
        _hash.Reset();
        _watch.ReadMoved();
        while (!target.IsEmpty)
        {
            int n = Receive(target[..Math.Min(target.Length, Part)]);
            if (n == 0) throw new KvStreamException($"the KV connection with {Peer} was cut within a frame");
            _watch.ReadMoved();
            _hash.Append(target[..n]);
            target = target[n..];
        }

        _watch.ReadEnded();
        return _hash.GetCurrentHashAsUInt64() == checksum;
    }

    /// <summary>Reads <paramref name="count"/> bytes and forgets them, so that the connection stands at the next frame.</summary>
    /// <exception cref="KvStreamException">The connection broke or stalled.</exception>
    public void Skip(int count)
    {
        byte[] scratch = ArrayPool<byte>.Shared.Rent(Math.Clamp(count, 1, 64 << 10));
        try
        {
            for (int left = count; left > 0; left -= Math.Min(left, scratch.Length)) Fill(scratch.AsSpan(0, Math.Min(left, scratch.Length)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    /// <summary>Sends an answer.</summary>
    /// <exception cref="KvStreamException">The connection broke or stalled.</exception>
    public void Write(KvFrameHeader answer)
    {
        Span<byte> bytes = stackalloc byte[KvFrameHeader.Size];
        answer.Write(bytes);
        _watch.WriteMoved();
        try
        {
            while (!bytes.IsEmpty) bytes = bytes[socket.Send(bytes, SocketFlags.None)..];
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Cut(e);
        }

        _watch.WriteEnded();
    }

    /// <inheritdoc cref="KvStallWatch.Stalled"/>
    public void BreakIfStalled()
    {
        if (_watch.Stalled) Break(_watch.Tell(Peer));
    }

    /// <inheritdoc/>
    public void Dispose() => Break($"the KV connection with {Peer} was closed by this node");

    private void Break(string reason)
    {
        Interlocked.CompareExchange(ref _broken, reason, null);
        socket.Dispose();
    }

    private void Fill(Span<byte> target)
    {
        _watch.ReadMoved();
        while (!target.IsEmpty)
        {
            int n = Receive(target);
            if (n == 0) throw new KvStreamException($"the KV connection with {Peer} was cut within a frame");
            _watch.ReadMoved();
            target = target[n..];
        }

        _watch.ReadEnded();
    }

    private int Receive(Span<byte> target)
    {
        try
        {
            return socket.Receive(target, SocketFlags.None);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Cut(e);
        }
    }

    private KvStreamException Cut(Exception e) =>
        new(Volatile.Read(ref _broken) ?? $"the KV connection with {Peer} was cut: {e.Message}", e);
}

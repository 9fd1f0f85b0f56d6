using System.Net.Sockets;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// The source's end of a KV connection: writes blocks straight from their memory and reads answers. One reader and one writer at a time.
/// Whoever watches it calls <see cref="BreakIfStalled"/> now and then: a frame that makes no progress for the stall time-out breaks the
/// connection.
/// </summary>
internal sealed class KvSocket : IDisposable
{
    private readonly Socket _socket;
    private readonly KvStallWatch _watch;
    private readonly KvFrameWriter _writer;
    private readonly byte[] _incoming = new byte[KvFrameHeader.Size];
    private string? _broken;

    public KvSocket(Socket socket, TimeSpan stallTimeout, TimeProvider time)
    {
        _socket = socket;
        _watch = new KvStallWatch(stallTimeout, time);
        _writer = new KvFrameWriter(socket, _watch, Cut);
        Peer = socket.RemoteEndPoint?.ToString() ?? "?";
    }

    /// <summary>The other end, for messages.</summary>
    public string Peer { get; }

    /// <summary>The next answer, or null when the other end closed the connection between two frames.</summary>
    /// <exception cref="KvStreamException">The connection broke, stalled within the answer, or carried something else.</exception>
    public async Task<KvFrameHeader?> ReadAnswerAsync()
    {
        for (int received = 0; received < KvFrameHeader.Size;)
        {
            int n = await ReceiveAsync(_incoming.AsMemory(received));
            if (n == 0 && received == 0) return null;
            if (n == 0) throw new KvStreamException($"the KV connection with {Peer} was cut within a frame");
            received += n;
        }

        _watch.Answered();
        var header = KvFrameHeader.Read(_incoming);
        return header.Kind is KvFrameKind.Block or KvFrameKind.LastBlock or KvFrameKind.Message
            ? throw new KvStreamException($"the KV connection with {Peer} carried a {header.Kind} where answers come")
            : header;
    }

    /// <summary>
    /// Writes some blocks of a stage, as far as the link takes them at once on the caller's thread. True when all are written; otherwise
    /// <paramref name="written"/> is called later, on any thread, with what went wrong or null.
    /// </summary>
    /// <exception cref="KvStreamException">The connection broke or stalled, or the instance whose blocks they are has ended.</exception>
    public bool TryWrite(KvStage stage, int first, int count, Action<Exception?> written) => _writer.TryWrite(stage, first, count, written);

    /// <summary>The same, to be awaited.</summary>
    public Task WriteAsync(KvStage stage) => ToTask(written => _writer.TryWrite(stage, 0, stage.Count, written));

    /// <summary>Writes a message behind the blocks it speaks of.</summary>
    /// <exception cref="KvStreamException">The connection broke or stalled.</exception>
    public Task WriteAsync(KvStreamId stream, byte[] message) => ToTask(written => _writer.TryWrite(stream, message, written));

    /// <inheritdoc cref="KvStallWatch.Stalled"/>
    public void BreakIfStalled()
    {
        if (_watch.Stalled) Break(_watch.Tell(Peer));
    }

    /// <summary>Closes the connection; what is being read or written fails with <paramref name="reason"/>.</summary>
    public void Break(string reason)
    {
        Interlocked.CompareExchange(ref _broken, reason, null);
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => Break($"the KV connection with {Peer} was closed by this node");

    private static Task ToTask(Func<Action<Exception?>, bool> write)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (write(Written)) over.SetResult();
        }
        catch (Exception e)
        {
            over.SetException(e);
        }

        return over.Task;

        void Written(Exception? failure)
        {
            if (failure is null) over.SetResult();
            else over.SetException(failure);
        }
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> target)
    {
        try
        {
            return await _socket.ReceiveAsync(target, SocketFlags.None);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Cut(e);
        }
    }

    private KvStreamException Cut(Exception e) =>
        new(Volatile.Read(ref _broken) ?? $"the KV connection with {Peer} was cut: {e.Message}", e);
}

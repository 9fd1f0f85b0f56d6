using System.Buffers;
using System.IO.Hashing;
using System.Net.Sockets;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// Writes frames to one socket, one run of blocks or one message at a time, and allocates nothing: the socket reports to this object
/// itself.
/// </summary>
internal sealed class KvFrameWriter(Socket socket, KvStallWatch watch, Func<Exception, KvStreamException> cut)
    : SocketAsyncEventArgs(true)
{
    private readonly byte[] _header = new byte[KvFrameHeader.Size];
    private Action<Exception?>? _written;
    private KvStage? _stage;
    private int _next;
    private int _end;
    private Memory<byte> _piece;
    private Memory<byte> _payload;
    private byte[]? _pooled;
    private bool _leased;
    private bool _awaitsAnswer;

    /// <inheritdoc cref="KvSocket.TryWrite"/>
    public bool TryWrite(KvStage stage, int first, int count, Action<Exception?> written)
    {
        (_stage, _next, _end, _written) = (stage, first, first + count, written);
        return Begin();
    }

    /// <summary>Writes a message; see <see cref="KvSocket.TryWrite"/>.</summary>
    public bool TryWrite(KvStreamId stream, byte[] message, Action<Exception?> written)
    {
        (_stage, _next, _end, _written) = (null, 0, 0, written);
        new KvFrameHeader(KvFrameKind.Message, stream, 0, message.Length, XxHash3.HashToUInt64(message)).Write(_header);
        (_piece, _payload) = (_header, message);
        return Begin();
    }

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        Exception? failure = null;
        try
        {
            Sent();
            if (!Go()) return;
        }
        catch (Exception wrong)
        {
            failure = wrong;
            Leave();
        }

        _written!(failure);
    }

    private bool Begin()
    {
        watch.WriteMoved();
        try
        {
            return Go();
        }
        catch
        {
            Leave();
            throw;
        }
    }

    /// <summary>Goes on while the socket takes everything at once; false when it reports later, true at the end.</summary>
    private bool Go()
    {
        do
        {
            while (!_piece.IsEmpty)
            {
                SetBuffer(_piece);
                try
                {
                    if (socket.SendAsync(this)) return false;
                }
                catch (ObjectDisposedException e)
                {
                    throw cut(e);
                }

                Sent();
            }
        }
        while (Take());
        watch.WriteEnded();
        return true;
    }

    private void Sent()
    {
        if (SocketError != SocketError.Success) throw cut(new SocketException((int)SocketError));
        _piece = _piece[BytesTransferred..];
        watch.WriteMoved();
    }

    /// <summary>Takes up the next piece to send; false when there is none.</summary>
    private bool Take()
    {
        if (!_payload.IsEmpty)
        {
            (_piece, _payload) = (_payload, default);
            return true;
        }

        if (_awaitsAnswer) watch.AwaitAnswer();
        Leave();
        if (_stage is null || _next == _end) return false;

        int index = _next++;
        _stage.Lease(index);
        _leased = true;
        _payload = _stage.Memory.Map(_stage[index].Block);
        if (_payload.IsEmpty)
        {
            int bytes = _stage.Memory.BytesPerBlock;
            _pooled = ArrayPool<byte>.Shared.Rent(bytes);
            _stage.Memory.Read(_stage[index].Block, _pooled.AsSpan(0, bytes));
            _payload = _pooled.AsMemory(0, bytes);
        }

        var header = _stage.HeaderOf(index, XxHash3.HashToUInt64(_payload.Span));
        header.Write(_header);
        _awaitsAnswer = header.Kind == KvFrameKind.LastBlock;
        _piece = _header;
        return true;
    }

    /// <summary>Lets go of the block that was sent, or whose sending failed.</summary>
    private void Leave()
    {
        _awaitsAnswer = false;
        (_piece, _payload) = (default, default);
        if (_leased) _stage!.Memory.EndLease();
        _leased = false;
        if (_pooled is { } pooled) ArrayPool<byte>.Shared.Return(pooled);
        _pooled = null;
    }
}

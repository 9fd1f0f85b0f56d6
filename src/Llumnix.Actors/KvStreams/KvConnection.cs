using System.Threading.Channels;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// One running pipeline of blocks to one destination: blocks queued -> bandwidth limit -> socket (or memory), answers back. It is
/// materialized once and serves one stream after the other.
/// </summary>
internal sealed class KvConnection
{
    private readonly Channel<KvSendItem> _queue = Channel.CreateBounded<KvSendItem>(
        new BoundedChannelOptions(16) { SingleReader = true, SingleWriter = true });

    private readonly Lock _gate = new();
    private TaskCompletionSource? _stage;
    private KvStreamId _stream;
    private int _lastIndex;
    private Exception? _broken;

    private KvConnection()
    {
    }

    /// <summary>Whether another stream can use it.</summary>
    public bool Usable
    {
        get
        {
            lock (_gate) return _broken is null && _stage is null;
        }
    }

    /// <summary>When it was last given back, on the pool's clock.</summary>
    public long IdleSince { get; set; }

    /// <summary>A pipeline into another process.</summary>
    public static KvConnection OverSocket(KvSocket socket, TokenBucket bucket, TimeSpan watchInterval, IMaterializer materializer)
    {
        var connection = new KvConnection();
        Task sent = ChannelSource.FromReader(connection._queue.Reader)
            .Via(new KvBandwidthLimit(bucket))
            .RunWith(new KvSocketSink(socket, watchInterval), materializer);
        Task answered = Source.FromGraph(new KvSocketSource(socket, new KvInbox(), watchInterval))
            .RunForeach(connection.OnAnswer, materializer);
        connection.Watch(sent, answered, $"the KV connection with {socket.Peer} was closed by the other end");
        return connection;
    }

    /// <summary>A pipeline within this process: blocks are copied in memory.</summary>
    public static KvConnection InMemory(KvInbox inbox, TokenBucket bucket, IMaterializer materializer)
    {
        var connection = new KvConnection();
        Task copied = ChannelSource.FromReader(connection._queue.Reader)
            .Via(new KvBandwidthLimit(bucket))
            .RunForeach(
                item =>
                {
                    if (KvMemoryCopy.Copy(item, inbox) is { } answer) connection.OnAnswer(answer);
                },
                materializer);
        connection.Watch(copied, copied, "the KV pipeline of this process was stopped");
        return connection;
    }

    /// <summary>Sends one stage of <paramref name="stream"/>.</summary>
    public async Task SendStageAsync(
        KvStreamId stream, IKvBlockMemory memory, IReadOnlyList<KvBlockRef> blocks, CancellationToken cancellationToken)
    {
        if (blocks.Count == 0) return;
        var stage = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_broken is not null) throw new KvStreamException(_broken.Message, _broken);
            if (_stage is not null) throw new InvalidOperationException($"KV stream {_stream} has a stage under way on this connection.");
            _stage = stage;
            _stream = stream;
            _lastIndex = blocks[^1].Index;
        }

        await using var cancelled = cancellationToken.Register(
            () => Break(new KvStreamException($"KV stream {stream} was abandoned by its source")));
        try
        {
            for (int i = 0; i < blocks.Count; i++)
            {
                var item = new KvSendItem(stream, blocks[i].Index, blocks[i].Block, memory, LastOfStage: i == blocks.Count - 1);
                while (!_queue.Writer.TryWrite(item))
                {
                    // Waits for room, and no longer than the stage lives: a failed answer or a broken connection ends it.
                    await Task.WhenAny(_queue.Writer.WaitToWriteAsync(CancellationToken.None).AsTask(), stage.Task);
                    if (stage.Task.IsCompleted) break;
                }

                if (stage.Task.IsCompleted) break;
            }

            await stage.Task;
        }
        finally
        {
            lock (_gate) _stage = null;
        }
    }

    /// <summary>Ends the pipeline.</summary>
    public void Close() => Break(new KvStreamException("the KV connection was closed by this node"));

    private void Break(Exception reason)
    {
        TaskCompletionSource? stage;
        lock (_gate)
        {
            _broken ??= reason;
            stage = _stage;
        }

        // An abrupt end, never a clean one: what is queued must not be sent any more.
        _queue.Writer.TryComplete(reason);
        stage?.TrySetException(reason as KvStreamException ?? new KvStreamException(reason.Message, reason));
    }

    private void OnAnswer(KvFrameHeader answer)
    {
        TaskCompletionSource? stage;
        lock (_gate)
        {
            if (_stage is null || answer.Stream != _stream) return;
            stage = _stage;
        }

        string? problem = answer.Kind switch
        {
            KvFrameKind.Receipt when answer.Index == _lastIndex => null,
            KvFrameKind.Receipt => $"its destination confirmed block {answer.Index} where {_lastIndex} was the last sent",
            KvFrameKind.UnknownStream => "its destination has no reservation for it",
            KvFrameKind.ChecksumMismatch => $"block {answer.Index} arrived corrupted",
            KvFrameKind.NotReserved => $"block {answer.Index} has no place in its reservation, or another size there",
            _ => $"its destination answered with {answer.Kind}",
        };
        if (problem is null) stage.TrySetResult();
        else Break(new KvStreamException($"KV stream {_stream} failed: {problem}"));
    }

    private void Watch(Task outgoing, Task incoming, string closed)
    {
        _ = WatchAsync(outgoing);
        _ = WatchAsync(incoming);

        async Task WatchAsync(Task part)
        {
            try
            {
                await part;
                Break(new KvStreamException(closed));
            }
            catch (Exception e)
            {
                Break(e);
            }
        }
    }
}

using System.Threading.Channels;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// One running pipeline of blocks to one destination: stages queued -> runs of blocks -> bandwidth limit -> socket (or memory), answers
/// back. It is materialized once and serves one stream after the other.
/// </summary>
internal sealed class KvConnection
{
    private readonly Channel<KvStage> _queue = Channel.CreateBounded<KvStage>(
        new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true });

    private readonly TokenBucket _bucket;
    private readonly KvSocket? _socket;
    private readonly KvInbox? _inbox;
    private readonly Lock _gate = new();
    private KvStage? _stage;
    private Exception? _broken;

    private KvConnection(TokenBucket bucket, KvSocket? socket, KvInbox? inbox)
    {
        _bucket = bucket;
        _socket = socket;
        _inbox = inbox;
    }

    /// <summary>Whether the destination is in this process.</summary>
    public bool IsLocal => _socket is null;

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
        var connection = new KvConnection(bucket, socket, null);
        Task sent = connection.Runs().RunWith(new KvSocketSink(socket, watchInterval), materializer);
        Task answered = Source
            .UnfoldAsync(socket, async from => await from.ReadAnswerAsync() is { } answer ? (from, answer) : Akka.Util.Option<(KvSocket, KvFrameHeader)>.None)
            .RunForeach(connection.OnAnswer, materializer);
        connection.Watch(sent, answered, $"the KV connection with {socket.Peer} was closed by the other end");
        return connection;
    }

    /// <summary>A pipeline within this process: blocks are copied in memory.</summary>
    public static KvConnection InMemory(KvInbox inbox, TokenBucket bucket, IMaterializer materializer)
    {
        var connection = new KvConnection(bucket, null, inbox);
        Task copied = connection.Runs().RunForeach(run => connection.Copy(run.Stage, run.First, run.Count), materializer);
        connection.Watch(copied, copied, "the KV pipeline of this process was stopped");
        return connection;
    }

    /// <summary>Sends one stage.</summary>
    public async Task SendStageAsync(KvStage stage, CancellationToken cancellationToken)
    {
        Begin(stage);
        await using var cancelled = BreakWhen(stage, cancellationToken);
        try
        {
            // There is room: one stage at a time. A pipeline that ended meanwhile has failed the stage.
            _queue.Writer.TryWrite(stage);
            await stage.Over;
        }
        finally
        {
            End(stage);
        }
    }

    /// <summary>
    /// Sends one stage past the pipeline, which rests, on the caller's thread as far as the link takes it at once; then a message, if it
    /// goes to another process.
    /// </summary>
    public async Task SendLastStageAsync(KvStage stage, Func<byte[]>? message, CancellationToken cancellationToken)
    {
        Begin(stage);
        await using var cancelled = BreakWhen(stage, cancellationToken);
        try
        {
            // Counted, not awaited: a request stands still for these.
            _bucket.Take(stage.Bytes);
            if (_socket is null)
            {
                Copy(stage, 0, stage.Count);
            }
            else
            {
                Task writing = _socket.WriteAsync(stage);
                byte[]? text = message?.Invoke();
                await writing;
                if (text is not null) await _socket.WriteAsync(stage.Stream, text);
            }

            await stage.Over;
        }
        catch (Exception e) when (e is KvStreamException or ObjectDisposedException)
        {
            // Frames may have been left unfinished: nothing more can follow on this connection.
            Break(e);
            throw;
        }
        finally
        {
            End(stage);
        }
    }

    /// <summary>Sends a message where all blocks have arrived already.</summary>
    public async Task SendMessageAsync(KvStreamId stream, byte[] message)
    {
        if (_socket is null) throw new InvalidOperationException("Within one process messages need no stream.");
        lock (_gate)
        {
            if (_broken is not null) throw new KvStreamException(_broken.Message, _broken);
        }

        await _socket.WriteAsync(stream, message);
    }

    /// <summary>Ends the pipeline.</summary>
    public void Close() => Break(new KvStreamException("the KV connection was closed by this node"));

    private Source<KvRun, Akka.NotUsed> Runs() => ChannelSource.FromReader(_queue.Reader).Via(new KvRuns()).Via(new KvBandwidthLimit(_bucket));

    private void Copy(KvStage stage, int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            if (KvMemoryCopy.Copy(stage, i, _inbox!) is { } answer) OnAnswer(answer);
        }
    }

    private void Begin(KvStage stage)
    {
        lock (_gate)
        {
            if (_broken is not null) throw new KvStreamException(_broken.Message, _broken);
            if (_stage is not null) throw new InvalidOperationException($"KV stream {_stage.Stream} has a stage under way on this connection.");
            _stage = stage;
        }
    }

    private void End(KvStage stage)
    {
        lock (_gate)
        {
            if (_stage == stage) _stage = null;
        }
    }

    private CancellationTokenRegistration BreakWhen(KvStage stage, CancellationToken cancelled) =>
        cancelled.Register(() => Break(new KvStreamException($"KV stream {stage.Stream} was abandoned by its source")));

    private void Break(Exception reason)
    {
        KvStage? stage;
        lock (_gate)
        {
            _broken ??= reason;
            stage = _stage;
        }

        // An abrupt end, never a clean one: what is queued must not be sent any more.
        _queue.Writer.TryComplete(reason);
        _socket?.Break(reason.Message);
        stage?.Fail(reason);
    }

    private void OnAnswer(KvFrameHeader answer)
    {
        KvStage? stage;
        lock (_gate)
        {
            if (_stage is null || answer.Stream != _stage.Stream) return;
            stage = _stage;
        }

        string? problem = answer.Kind switch
        {
            KvFrameKind.Receipt when answer.Index == stage.LastIndex => null,
            KvFrameKind.Receipt => $"its destination confirmed block {answer.Index} where {stage.LastIndex} was the last sent",
            KvFrameKind.UnknownStream => "its destination has no reservation for it",
            KvFrameKind.ChecksumMismatch => $"block {answer.Index} arrived corrupted",
            KvFrameKind.NotReserved => $"block {answer.Index} has no place in its reservation, or another size there",
            _ => $"its destination answered with {answer.Kind}",
        };
        if (problem is null) stage.Arrived();
        else Break(new KvStreamException($"KV stream {stage.Stream} failed: {problem}"));
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

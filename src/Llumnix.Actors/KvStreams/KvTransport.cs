using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// KV streams over TCP connections of their own between two nodes, never over the remoting association; within one process, by memory
/// copy. A connection carries one stream at a time, is kept for the next, and is opened when none is idle.
/// </summary>
public sealed class KvTransport : IKvTransport, IAsyncDisposable
{
    private readonly KvStreamOptions _options;
    private readonly TimeProvider _time;
    private readonly ActorMaterializer _materializer;
    private readonly TokenBucket _bucket;
    private readonly Socket _listener;
    private readonly ConcurrentDictionary<KvEndpoint, ConcurrentStack<KvConnection>> _idle = new();
    private readonly ConcurrentDictionary<KvIncomingSocket, bool> _incoming = new();
    private readonly ITimer _pruning;
    private readonly ITimer _watching;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _accepting;

    private KvTransport(ActorSystem system, KvStreamOptions options, string host, Socket listener, TimeProvider time)
    {
        _options = options;
        _time = time;
        _materializer = system.Materializer();
        // Timers tick every 10 ms: a burst worth of 20 ms keeps a high limit reachable.
        _bucket = new TokenBucket(options.BandwidthLimit, Math.Max(options.Burst, options.BandwidthLimit / 50), time);
        _listener = listener;
        Endpoint = new KvEndpoint(
            BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))), host, ((IPEndPoint)listener.LocalEndPoint!).Port);
        _pruning = time.CreateTimer(_ => Prune(), null, options.IdleTimeout, options.IdleTimeout);
        _watching = time.CreateTimer(_ => Watch(), null, WatchInterval, WatchInterval);
        _accepting = AcceptAsync();
    }

    /// <inheritdoc/>
    public KvEndpoint Endpoint { get; }

    /// <inheritdoc/>
    public KvInbox Inbox { get; } = new();

    /// <summary>Connections kept for the next stream.</summary>
    public int IdleConnections => _idle.Values.Sum(static idle => idle.Count);

    /// <summary>Connections that other processes opened.</summary>
    public int IncomingConnections => _incoming.Count;

    private TimeSpan WatchInterval => _options.StallTimeout / 4;

    /// <summary>Listens on <paramref name="host"/>:<paramref name="port"/> (0 is any free port).</summary>
    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    public static async Task<KvTransport> StartAsync(ActorSystem system, KvStreamOptions options, string host, int port, TimeProvider time)
    {
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(host);
        var listener = new Socket(addresses[0].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(addresses[0], port));
            listener.Listen();
            return new KvTransport(system, options, host, listener, time);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IKvStream> OpenAsync(
        KvEndpoint destination, KvStreamId stream, IKvBlockMemory memory, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_stopped.IsCancellationRequested, this);
        var idle = _idle.GetOrAdd(destination, _ => new ConcurrentStack<KvConnection>());
        while (idle.TryPop(out var kept))
        {
            if (kept.Usable) return new Stream(this, destination, stream, memory, kept);
        }

        return new Stream(this, destination, stream, memory, await ConnectAsync(destination, cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        _listener.Dispose();
        await _pruning.DisposeAsync();
        await _watching.DisposeAsync();
        await _accepting;
        foreach (var idle in _idle.Values)
        {
            while (idle.TryPop(out var connection)) connection.Close();
        }

        foreach (var incoming in _incoming.Keys) incoming.Dispose();
        _stopped.Dispose();
    }

    private async Task<KvConnection> ConnectAsync(KvEndpoint destination, CancellationToken cancellationToken)
    {
        if (destination.Process == Endpoint.Process) return KvConnection.InMemory(Inbox, _bucket, _materializer);

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopped.Token);
        limit.CancelAfter(_options.ConnectTimeout);
        await using var giveUp = limit.Token.Register(socket.Dispose);
        try
        {
            await socket.ConnectAsync(destination.Host, destination.Port, limit.Token);
            await Task.Run(() => KvHandshake.Run(socket, _options.Secret, initiator: true), limit.Token);
            limit.Token.ThrowIfCancellationRequested();
            return KvConnection.OverSocket(new KvSocket(socket, _options.StallTimeout, _time), _bucket, WatchInterval, _materializer);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or KvStreamException or ObjectDisposedException)
        {
            socket.Dispose();
            string why = limit.IsCancellationRequested ? $"no answer within {_options.ConnectTimeout.TotalMilliseconds:0} ms" : e.Message;
            throw new KvStreamException($"no KV connection to {destination.Host}:{destination.Port}: {why}", e);
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stopped.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stopped.Token);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                if (_stopped.IsCancellationRequested) return;
                continue;
            }

            // The handshake blocks, and what follows has a thread of its own.
            _ = Task.Run(() => TakeInAsync(socket));
        }
    }

    private static void Answer(KvIncomingSocket incoming, KvFrameHeader answer)
    {
        try
        {
            incoming.Write(answer);
        }
        catch (KvStreamException)
        {
            // Its source gave the stream up and is gone: nothing failed here, and receiving ends with it.
            incoming.Dispose();
        }
    }

    private async Task TakeInAsync(Socket socket)
    {
        using var incoming = new KvIncomingSocket(socket, _options.StallTimeout, _time);
        _incoming.TryAdd(incoming, true);
        try
        {
            if (_stopped.IsCancellationRequested) return;
            socket.NoDelay = true;
            int patience = (int)_options.ConnectTimeout.TotalMilliseconds;
            (socket.ReceiveTimeout, socket.SendTimeout) = (patience, patience);
            KvHandshake.Run(socket, _options.Secret, initiator: false);
            (socket.ReceiveTimeout, socket.SendTimeout) = (0, 0);
            await Source.FromGraph(new KvSocketSource(incoming, Inbox))
                .ToMaterialized(Sink.ForEach<KvFrameHeader>(answer => Answer(incoming, answer)), Keep.Right)
                .WithAttributes(ActorAttributes.CreateDispatcher(KvSocketSource.Dispatcher))
                .Run(_materializer);
        }
        catch (Exception e) when (e is KvStreamException or SocketException or ObjectDisposedException or AbruptTerminationException)
        {
            // The source sees its connection end and says so to its migration; the reservation here lapses with it.
        }
        finally
        {
            _incoming.TryRemove(incoming, out _);
        }
    }

    /// <summary>Breaks incoming connections that have stalled: their own threads may be blocked in them.</summary>
    private void Watch()
    {
        foreach (var incoming in _incoming.Keys) incoming.BreakIfStalled();
    }

    private void Return(KvEndpoint destination, KvConnection connection)
    {
        connection.IdleSince = _time.GetTimestamp();
        if (_stopped.IsCancellationRequested || !connection.Usable) connection.Close();
        else _idle.GetOrAdd(destination, _ => new ConcurrentStack<KvConnection>()).Push(connection);
    }

    private void Prune()
    {
        foreach (var idle in _idle.Values)
        {
            var kept = new List<KvConnection>();
            while (idle.TryPop(out var connection))
            {
                if (connection.Usable && _time.GetElapsedTime(connection.IdleSince) < _options.IdleTimeout) kept.Add(connection);
                else connection.Close();
            }

            for (int i = kept.Count - 1; i >= 0; i--) idle.Push(kept[i]);
        }
    }

    private sealed class Stream(
        KvTransport transport, KvEndpoint destination, KvStreamId stream, IKvBlockMemory memory, KvConnection connection) : IKvStream
    {
        private int _disposed;

        public bool IsLocal => connection.IsLocal;

        public Task SendStageAsync(IReadOnlyList<KvBlockRef> blocks, CancellationToken cancellationToken) =>
            blocks.Count == 0 ? Task.CompletedTask : connection.SendStageAsync(new KvStage(stream, memory, blocks), cancellationToken);

        public Task SendLastStageAsync(IReadOnlyList<KvBlockRef> blocks, Func<byte[]>? message, CancellationToken cancellationToken)
        {
            if (blocks.Count > 0) return connection.SendLastStageAsync(new KvStage(stream, memory, blocks), message, cancellationToken);
            return message is null ? Task.CompletedTask : connection.SendMessageAsync(stream, message());
        }

        public ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0) transport.Return(destination, connection);
            return ValueTask.CompletedTask;
        }
    }
}

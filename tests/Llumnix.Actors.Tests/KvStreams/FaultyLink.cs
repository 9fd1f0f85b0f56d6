using System.Net;
using System.Net.Sockets;

namespace Llumnix.Actors.Tests.KvStreams;

/// <summary>A relay on loopback that passes bytes both ways and can corrupt, stall or cut what goes towards the destination.</summary>
internal sealed class FaultyLink : IDisposable
{
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly int _target;
    private readonly List<Socket> _sockets = [];
    private readonly TaskCompletionSource _faulted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Fault _fault;
    private readonly long _at;

    public FaultyLink(int target, Fault fault, long at)
    {
        _target = target;
        _fault = fault;
        _at = at;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _ = AcceptAsync();
    }

    public enum Fault
    {
        None,
        Corrupt,
        Stall,
        Cut,
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Completes when the fault has happened.</summary>
    public Task Faulted => _faulted.Task;

    public void Dispose()
    {
        _listener.Dispose();
        lock (_sockets) _sockets.ForEach(socket => socket.Dispose());
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket source = await _listener.AcceptAsync();
                var destination = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await destination.ConnectAsync(IPAddress.Loopback, _target);
                lock (_sockets) _sockets.AddRange([source, destination]);
                _ = PassAsync(source, destination, _fault);
                _ = PassAsync(destination, source, Fault.None);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The link was taken down.
        }
    }

    private async Task PassAsync(Socket from, Socket to, Fault fault)
    {
        byte[] buffer = new byte[8192];
        long passed = 0;
        try
        {
            while (true)
            {
                int n = await from.ReceiveAsync(buffer);
                if (n == 0) break;
                if (fault != Fault.None && passed <= _at && _at < passed + n)
                {
                    int at = (int)(_at - passed);
                    if (fault == Fault.Corrupt)
                    {
                        buffer[at] ^= 0x10;
                        _faulted.TrySetResult();
                    }
                    else
                    {
                        for (int sent = 0; sent < at;) sent += await to.SendAsync(buffer.AsMemory(sent, at - sent));
                        _faulted.TrySetResult();
                        if (fault == Fault.Stall) return;
                        break;
                    }
                }

                passed += n;
                for (int sent = 0; sent < n;) sent += await to.SendAsync(buffer.AsMemory(sent, n - sent));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other direction ended first.
        }

        from.Dispose();
        to.Dispose();
    }
}

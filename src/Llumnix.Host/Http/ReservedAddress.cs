using System.Net;
using System.Net.Sockets;
using Llumnix.Actors.Configuration;

namespace Llumnix.Host.Http;

/// <summary>
/// The addresses to listen on, bound before anything slow starts: a port in use is known before a model is loaded, and cannot be lost
/// while it loads. Nobody can connect until the gateway listens.
/// </summary>
internal sealed class ReservedAddress : IDisposable
{
    private readonly Dictionary<IPEndPoint, Socket> _sockets = [];

    private ReservedAddress()
    {
    }

    public IReadOnlyCollection<IPEndPoint> Addresses => _sockets.Keys;

    /// <summary>The address for people to type.</summary>
    public required string Url { get; init; }

    /// <summary>Binds; a <see cref="ConfigurationException"/> says why it cannot.</summary>
    /// <param name="bind"><c>localhost</c> (both loopbacks where there are two), an IP address, or <c>*</c>.</param>
    /// <param name="port">0 takes a free one.</param>
    public static ReservedAddress Bind(string bind, int port)
    {
        var bound = new List<Socket>();
        try
        {
            foreach (IPAddress address in AddressesOf(bind))
            {
                // One free port for both loopbacks.
                int wanted = bound.Count == 0 ? port : ((IPEndPoint)bound[0].LocalEndPoint!).Port;
                if (Listen(address, wanted, bind, optional: bound.Count > 0) is { } socket) bound.Add(socket);
            }
        }
        catch
        {
            foreach (Socket socket in bound) socket.Dispose();
            throw;
        }

        int taken = ((IPEndPoint)bound[0].LocalEndPoint!).Port;
        string host = bind is "*" or "0.0.0.0" or "::" ? "localhost" : bind.Contains(':', StringComparison.Ordinal) ? $"[{bind}]" : bind;
        var reserved = new ReservedAddress { Url = $"http://{host}:{taken}" };
        foreach (Socket socket in bound) reserved._sockets.Add((IPEndPoint)socket.LocalEndPoint!, socket);
        return reserved;
    }

    /// <summary>Hands a socket to the server.</summary>
    public Socket Take(EndPoint address) => _sockets[(IPEndPoint)address];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Socket socket in _sockets.Values) socket.Dispose();
    }

    private static IPAddress[] AddressesOf(string bind) => bind switch
    {
        "localhost" => [IPAddress.Loopback, IPAddress.IPv6Loopback],
        "*" => Socket.OSSupportsIPv6 ? [IPAddress.IPv6Any] : [IPAddress.Any],
        _ when IPAddress.TryParse(bind, out IPAddress? address) => [address],
        _ => throw new ConfigurationException(
            $"llumnix.gateway.bind is \"{bind}\", but must be localhost, an IP address, or * for every interface."),
    };

    private static Socket? Listen(IPAddress address, int port, string bind, bool optional)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.Bind(new IPEndPoint(address, port));
            return socket;
        }
        catch (SocketException error)
        {
            socket?.Dispose();
            // A machine without IPv6 has no second loopback.
            if (optional && error.SocketErrorCode is (SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)) return null;
            throw new ConfigurationException(error.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse =>
                    $"Port {port} on {bind} is in use by another program; choose another with --port, or 0 for any free one.",
                SocketError.AccessDenied =>
                    $"Port {port} on {bind} may not be opened by this user; choose one above 1023 with --port.",
                SocketError.AddressNotAvailable => $"llumnix.gateway.bind is {bind}, which is no address of this machine.",
                _ => $"Port {port} on {bind} cannot be opened: {error.Message}.",
            }, error);
        }
    }
}

using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// Both ends of a new KV connection show that they know the cluster's secret, without sending it: each sends a 32-byte nonce and answers
/// the other's with HMAC-SHA256(secret, role, nonce of the other, own nonce).
/// </summary>
public static class KvHandshake
{
    private const int NonceSize = 32;
    private const int ProofSize = 32;

    /// <summary>
    /// Runs the handshake on the caller's thread; the connection may carry frames when it returns. Blocking, so that a connection's thread
    /// may go on blocking on it.
    /// </summary>
    /// <exception cref="KvStreamException">The other end does not know the secret or closed the connection.</exception>
    /// <exception cref="SocketException">The connection broke, or the socket's time-outs passed.</exception>
    public static void Run(Socket socket, string secret, bool initiator)
    {
        byte[] mine = RandomNumberGenerator.GetBytes(NonceSize);
        Send(socket, mine);
        byte[] theirs = Receive(socket, NonceSize);
        Send(socket, Proof(secret, initiator, theirs, mine));
        byte[] proof = Receive(socket, ProofSize);
        if (!CryptographicOperations.FixedTimeEquals(proof, Proof(secret, !initiator, mine, theirs)))
            throw new KvStreamException($"the KV connection with {socket.RemoteEndPoint} was refused: the other end has another cluster secret");
    }

    private static byte[] Proof(string secret, bool initiator, byte[] challenge, byte[] own)
    {
        byte[] text = [initiator ? (byte)1 : (byte)2, .. challenge, .. own];
        return HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), text);
    }

    private static void Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[socket.Send(bytes, SocketFlags.None)..];
    }

    private static byte[] Receive(Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        for (int received = 0; received < count;)
        {
            int n = socket.Receive(bytes.AsSpan(received), SocketFlags.None);
            if (n == 0) throw new KvStreamException("the KV connection was closed before both ends had shown the cluster secret");
            received += n;
        }

        return bytes;
    }
}

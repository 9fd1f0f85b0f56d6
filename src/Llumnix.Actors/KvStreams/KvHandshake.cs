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

    /// <summary>Runs the handshake; the connection may carry frames when it returns.</summary>
    /// <exception cref="KvStreamException">The other end does not know the secret or closed the connection.</exception>
    public static async Task RunAsync(Socket socket, string secret, bool initiator, CancellationToken cancellationToken)
    {
        byte[] mine = RandomNumberGenerator.GetBytes(NonceSize);
        await SendAsync(socket, mine, cancellationToken);
        byte[] theirs = await ReceiveAsync(socket, NonceSize, cancellationToken);
        await SendAsync(socket, Proof(secret, initiator, theirs, mine), cancellationToken);
        byte[] proof = await ReceiveAsync(socket, ProofSize, cancellationToken);
        if (!CryptographicOperations.FixedTimeEquals(proof, Proof(secret, !initiator, mine, theirs)))
            throw new KvStreamException($"the KV connection with {socket.RemoteEndPoint} was refused: the other end has another cluster secret");
    }

    private static byte[] Proof(string secret, bool initiator, byte[] challenge, byte[] own)
    {
        byte[] text = [initiator ? (byte)1 : (byte)2, .. challenge, .. own];
        return HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), text);
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellationToken)..];
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int count, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[count];
        for (int received = 0; received < count;)
        {
            int n = await socket.ReceiveAsync(bytes.AsMemory(received), SocketFlags.None, cancellationToken);
            if (n == 0) throw new KvStreamException("the KV connection was closed before both ends had shown the cluster secret");
            received += n;
        }

        return bytes;
    }
}

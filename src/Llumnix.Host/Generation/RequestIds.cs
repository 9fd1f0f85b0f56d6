using System.Security.Cryptography;
using Llumnix.Scheduling;

namespace Llumnix.Host.Generation;

/// <summary>Draws session ids; whoever knows one may resume the session, so they cannot be guessed.</summary>
internal static class RequestIds
{
    public static RequestId Next()
    {
        Span<byte> bits = stackalloc byte[16];
        RandomNumberGenerator.Fill(bits);
        return RequestId.FromRandomBits(BitConverter.ToUInt64(bits), BitConverter.ToUInt64(bits[8..]));
    }
}

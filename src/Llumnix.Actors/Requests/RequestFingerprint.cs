using System.IO.Hashing;
using System.Runtime.InteropServices;
using Llumnix.Actors.Serialization;
using Llumnix.Gpu.Sampling;

namespace Llumnix.Actors.Requests;

/// <summary>Tells requests of one id with different prompts or parameters apart: by their output nobody could be sure.</summary>
internal static class RequestFingerprint
{
    public static ulong Of(ReadOnlySpan<int> prompt, SamplingParameters sampling) =>
        XxHash3.HashToUInt64(MemoryMarshal.AsBytes(prompt), (long)XxHash3.HashToUInt64(InstanceProtocolSerializer.Write(sampling)));
}

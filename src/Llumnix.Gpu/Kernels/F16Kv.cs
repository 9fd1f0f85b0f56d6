using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>
/// F16 without infinities, which <see cref="KvRows.Store"/> does not write: exponent and mantissa are moved to where F32 has them and scaled
/// by 2^112, the difference of the biases, which is right for subnormals too.
/// </summary>
internal readonly unsafe struct F16Kv : IKvFormat
{
    public static int ElementBytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* source)
    {
        Vector512<uint> bits = VectorMath.WidenToWords((ushort*)source);
        Vector512<float> magnitude = ((bits & Vector512.Create(0x7FFFu)) << 13).AsSingle() * Vector512.Create(5.192296858534828e33f);
        return (magnitude.AsUInt32() | ((bits & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }

    public static float LoadOne(byte* source) => (float)*(Half*)source;
}

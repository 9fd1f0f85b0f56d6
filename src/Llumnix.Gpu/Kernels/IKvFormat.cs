using System.Runtime.Intrinsics;

namespace Llumnix.Gpu.Kernels;

/// <summary>A number format of KV memory, read as F32; exact. Implemented by structs so that kernels specialize.</summary>
internal unsafe interface IKvFormat
{
    static abstract int ElementBytes { get; }

    /// <summary>16 elements.</summary>
    static abstract Vector512<float> Load(byte* source);

    /// <summary>One element.</summary>
    static abstract float LoadOne(byte* source);
}

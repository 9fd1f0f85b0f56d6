using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Llumnix.Gpu.Memory;

/// <summary>
/// Host memory for weights, KV blocks and activations. It belongs to a torch tensor of bytes, so all device memory, here and on other
/// devices, comes from torch's allocators. 64-byte aligned, not cleared, lazily backed by the system; large pages are asked for where
/// the system gives them (Linux), because walking page tables costs a tenth of the read bandwidth otherwise.
/// </summary>
internal sealed unsafe partial class HostBuffer : IDisposable
{
    private const int LargePagesAdvice = 14;
    private const long LargePage = 2L << 20;
    private readonly torch.Tensor _tensor;

    /// <summary>Allocates <paramref name="bytes"/> bytes (at least 1 is taken).</summary>
    public HostBuffer(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
        _tensor = torch.empty(Math.Max(bytes, 1), torch.uint8).DetachFromDisposeScope();
        using (torch.Tensor first = _tensor.narrow(0, 0, 1)) Data = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
        if (OperatingSystem.IsLinux() && bytes >= 2 * LargePage)
        {
            nuint start = ((nuint)Data + (nuint)LargePage - 1) & ~(nuint)(LargePage - 1);
            nuint end = ((nuint)Data + (nuint)bytes) & ~(nuint)(LargePage - 1);
            // Advice only: where it is refused the memory is as good, only slower.
            _ = AdviseMemory(start, end - start, LargePagesAdvice);
        }
    }

    /// <summary>The first byte; valid until disposed.</summary>
    public byte* Data { get; private set; }

    /// <summary>The first float; valid until disposed.</summary>
    public float* Floats => (float*)Data;

    public long Bytes { get; }

    /// <summary>A buffer of <paramref name="count"/> F32 values.</summary>
    public static HostBuffer OfFloats(long count) => new(checked(count * sizeof(float)));

    public void Clear() => NativeMemory.Clear(Data, (nuint)Bytes);

    public void Dispose()
    {
        Data = null;
        _tensor.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int AdviseMemory(nuint address, nuint length, int advice);
}

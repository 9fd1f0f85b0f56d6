using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Llumnix.Benchmarks;

/// <summary>
/// How fast this machine reads memory now: threads that sum disjoint parts of a buffer larger than its caches. Decoding one request reads
/// every weight once a token, so this bounds it.
/// </summary>
internal sealed unsafe class ReadBandwidth(int threads, long bytes = 512L << 20) : IDisposable
{
    /// <summary>Read in one pass: short, so that some passes are undisturbed, and long after it was last read.</summary>
    private const long SliceBytes = 64L << 20;

    private readonly byte* _buffer = (byte*)Fill(bytes);
    private long _sink;

    /// <summary>
    /// Bytes a second, that only one pass in ten exceeds: what the machine gives when nothing else runs, also while something else does.
    /// </summary>
    public double Measure()
    {
        const int Rounds = 4;
        long slice = Math.Min(SliceBytes, bytes);
        long part = slice / threads / 256 * 256;
        int passes = (int)(Rounds * (bytes / slice));
        double[] seconds = new double[passes];
        long started = 0;
        using var barrier = new Barrier(threads);
        var readers = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            int index = i;
            readers[i] = new Thread(() =>
            {
                for (int pass = 0; pass < passes; pass++)
                {
                    byte* start = _buffer + (pass % (bytes / slice) * slice) + (index * part);
                    barrier.SignalAndWait();
                    if (index == 0) started = Stopwatch.GetTimestamp();
                    Interlocked.Add(ref _sink, Sum(start, part));
                    barrier.SignalAndWait();
                    if (index == 0) seconds[pass] = Stopwatch.GetElapsedTime(started).TotalSeconds;
                }
            });
            readers[i].Start();
        }

        foreach (Thread reader in readers) reader.Join();
        return part * threads / BenchmarkReport.Quantile(seconds, 0.1);
    }

    public void Dispose() => NativeMemory.AlignedFree(_buffer);

    private static void* Fill(long bytes)
    {
        void* buffer = NativeMemory.AlignedAlloc((nuint)bytes, 64);
        NativeMemory.Fill(buffer, (nuint)bytes, 1);
        return buffer;
    }

    private static long Sum(byte* start, long bytes)
    {
        Vector512<long> a = default, b = default, c = default, d = default;
        for (byte* p = start; p < start + bytes; p += 256)
        {
            a += Vector512.Load((long*)p);
            b += Vector512.Load((long*)(p + 64));
            c += Vector512.Load((long*)(p + 128));
            d += Vector512.Load((long*)(p + 192));
        }

        return Vector512.Sum(a + b + c + d);
    }
}

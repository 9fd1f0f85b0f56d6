using System.Diagnostics;

namespace Llumnix.Benchmarks;

/// <summary>Some work, how long it took, and the CPU time of the process meanwhile: on a busy machine only the latter compares.</summary>
/// <param name="Work">Bytes, operations or tokens.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="CpuSeconds">CPU time of all threads.</param>
internal readonly record struct Measured(double Work, double Seconds, double CpuSeconds)
{
    public static Measured Of(double work, Action act)
    {
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        act();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new Measured(work, seconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }
}

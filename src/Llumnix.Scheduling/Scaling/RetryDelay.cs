namespace Llumnix.Scheduling.Scaling;

/// <summary>How long to wait after a failure: twice as long after each further one, up to a bound.</summary>
/// <param name="First">After the first failure; more than zero.</param>
/// <param name="Most">After any number of failures; at least <paramref name="First"/>.</param>
public readonly record struct RetryDelay(TimeSpan First, TimeSpan Most)
{
    /// <summary>The wait after as many failures in a row.</summary>
    /// <param name="failures">At least 1.</param>
    public TimeSpan After(int failures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        // Beyond 40 doublings of a tick lies a year.
        double ticks = First.Ticks * Math.Pow(2, Math.Min(failures - 1, 60));
        return ticks >= Most.Ticks ? Most : TimeSpan.FromTicks((long)ticks);
    }
}

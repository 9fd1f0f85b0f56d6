namespace Llumnix.Scheduling.Dispatch;

/// <summary>
/// When a client that was turned away for want of room should come back: at the rate at which requests lately ended, one place for each
/// of those turned away before it and one for itself. Times are readings of one monotonic clock.
/// </summary>
public sealed class ReturnTimes
{
    /// <summary>Ends count less the longer ago they are: by a factor e for each of these.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    /// <summary>Nobody is sent away for longer: what will be by then nobody knows.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private readonly TimeSpan _began;
    private double _ended;
    private TimeSpan _counted;
    private TimeSpan _next;

    /// <param name="now">When it begins to count.</param>
    public ReturnTimes(TimeSpan now) => _began = _counted = _next = now;

    /// <summary>So many requests have ended, whoever they were of.</summary>
    public void Ended(long count, TimeSpan now)
    {
        Fade(now);
        _ended += count;
    }

    /// <summary>
    /// How long one more client that is turned away now should stay away; null where no request has ended for so long that nothing can be
    /// said.
    /// </summary>
    public TimeSpan? TurnAway(TimeSpan now)
    {
        Fade(now);
        double perSecond = _ended / (Memory.TotalSeconds * (1 - Math.Exp(-(now - _began) / Memory)));
        if (!(perSecond * Longest.TotalSeconds >= 1)) return null;

        var earliest = _next > now ? _next : now;
        _next = earliest + TimeSpan.FromSeconds(1 / perSecond);
        if (_next > now + Longest) _next = now + Longest;
        return _next - now;
    }

    private void Fade(TimeSpan now)
    {
        _ended *= Math.Exp(-(now - _counted) / Memory);
        _counted = now;
    }
}

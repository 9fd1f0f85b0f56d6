namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.load</c>: how instances tell of their load and how silence is judged. Defaults stand in scheduling.hocon.</summary>
public sealed record LoadReportOptions
{
    /// <summary>At most one report per interval.</summary>
    public required TimeSpan ReportInterval { get; init; }

    /// <summary>At least one report per interval.</summary>
    public required TimeSpan HeartbeatInterval { get; init; }

    /// <summary>An instance unheard for this long is suspected.</summary>
    public required TimeSpan SuspectAfter { get; init; }

    /// <summary>A node whose own timer fires this late restarts its suspect clocks: the stopped one may be itself.</summary>
    public required TimeSpan LateTimer { get; init; }

    internal static LoadReportOptions Read(SettingReader settings)
    {
        const string report = "llumnix.load.report-interval", heartbeat = "llumnix.load.heartbeat-interval", suspect = "llumnix.load.suspect-after";
        TimeSpan least = TimeSpan.FromMilliseconds(1), most = TimeSpan.FromMinutes(10);
        var options = new LoadReportOptions
        {
            ReportInterval = settings.Duration(report, least, most),
            HeartbeatInterval = settings.Duration(heartbeat, least, most),
            SuspectAfter = settings.Duration(suspect, least, most),
            LateTimer = settings.Duration("llumnix.load.late-timer", least, most),
        };
        if (options.ReportInterval > options.HeartbeatInterval) throw settings.Contradiction(report, heartbeat, "the first must not exceed the second");
        if (options.SuspectAfter < 2 * options.HeartbeatInterval)
            throw settings.Contradiction(suspect, heartbeat, "the first must be at least twice the second, or one late report makes a suspect");
        return options;
    }
}

using Llumnix.Actors.Launching;
using Llumnix.Scheduling.Scaling;

namespace Llumnix.Actors.Configuration;

/// <summary>
/// The section <c>llumnix.scaling</c>: how many instances there are, and who starts and ends them. Bounds and band are each model's
/// (<see cref="ModelOptions.Scaling"/>). Defaults stand in scaling.hocon.
/// </summary>
public sealed record ScalingOptions
{
    internal const string Section = "llumnix.scaling";

    /// <summary>Who starts and ends instances, among <see cref="Launchers.Names"/>; <c>none</c> leaves them as they are.</summary>
    public required string Launcher { get; init; }

    /// <summary>When, among <see cref="ScalingPolicies.Names"/>.</summary>
    public required string Policy { get; init; }

    /// <summary>How often it is decided.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>How long a new manager first listens who is there.</summary>
    public required TimeSpan ListenFirst { get; init; }

    /// <summary>How starts are judged.</summary>
    public required ModelScalingOptions Starts { get; init; }

    /// <summary>The section <c>llumnix.scaling.in-process</c>.</summary>
    public required InProcessLauncherOptions InProcess { get; init; }

    /// <summary>Whether instances are started and ended at all.</summary>
    public bool IsOn => Launcher != Launchers.None;

    internal static ScalingOptions Read(SettingReader settings)
    {
        const string first = Section + ".retry-after", most = Section + ".retry-after-most";
        TimeSpan least = TimeSpan.FromMilliseconds(1), day = TimeSpan.FromDays(1);
        var options = new ScalingOptions
        {
            Launcher = settings.Choice(Section + ".launcher", [.. Launchers.Names.Select(name => (name, name))]),
            Policy = settings.Choice(Section + ".policy", [.. ScalingPolicies.Names.Select(name => (name, name))]),
            Interval = settings.Duration(Section + ".interval", least, day),
            ListenFirst = settings.Duration(Section + ".listen-first", TimeSpan.Zero, day),
            Starts = new ModelScalingOptions(
                settings.Duration(Section + ".start-timeout", least, day),
                new RetryDelay(settings.Duration(first, least, day), settings.Duration(most, least, day))),
            InProcess = InProcessLauncherOptions.Read(settings),
        };
        return options.Starts.Retry.First <= options.Starts.Retry.Most
            ? options
            : throw settings.Contradiction(first, most, "the first must not exceed the second");
    }
}

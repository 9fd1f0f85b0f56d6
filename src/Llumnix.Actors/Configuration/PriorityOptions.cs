namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.priorities</c>: the classes high, normal and low. Defaults stand in scheduling.hocon.</summary>
public sealed record PriorityOptions
{
    /// <summary>By the class's rank (0 high, 1 normal, 2 low): blocks kept free for the class on each instance that runs it.</summary>
    public required IReadOnlyList<int> Headroom { get; init; }

    internal static PriorityOptions Read(SettingReader settings) => new()
    {
        Headroom =
        [
            settings.Whole("llumnix.priorities.high.headroom", 0, int.MaxValue),
            settings.Whole("llumnix.priorities.normal.headroom", 0, int.MaxValue),
            settings.Whole("llumnix.priorities.low.headroom", 0, int.MaxValue),
        ],
    };
}

namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.scaling.in-process</c>: what instances added to this node may take of it. Defaults stand in scaling.hocon.</summary>
public sealed record InProcessLauncherOptions
{
    /// <summary>The most compute threads of all instances of this node; null is the machine's cores.</summary>
    public required int? MaxThreads { get; init; }

    /// <summary>Memory that must be left free after an instance was added, in bytes.</summary>
    public required long MemoryReserve { get; init; }

    internal static InProcessLauncherOptions Read(SettingReader settings) => new()
    {
        MaxThreads = settings.WholeOrAuto(ScalingOptions.Section + ".in-process.max-threads", 1, 1 << 16),
        MemoryReserve = settings.Size(ScalingOptions.Section + ".in-process.memory-reserve", 0, 1L << 50),
    };
}

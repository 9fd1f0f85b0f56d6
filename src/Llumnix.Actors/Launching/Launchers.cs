namespace Llumnix.Actors.Launching;

/// <summary>The launchers by the names they have in configuration.</summary>
public static class Launchers
{
    /// <summary>No scaling.</summary>
    public const string None = "none";

    /// <summary>Adds instances to running nodes.</summary>
    public const string InProcess = "in-process";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [None, InProcess];
}

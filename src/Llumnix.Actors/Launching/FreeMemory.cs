using System.Globalization;

namespace Llumnix.Actors.Launching;

/// <summary>How much memory of this machine, or of the container this process runs in, nobody uses.</summary>
internal static class FreeMemory
{
    private const string Machine = "/proc/meminfo", ContainerLimit = "/sys/fs/cgroup/memory.max", ContainerUse = "/sys/fs/cgroup/memory.current";

    /// <summary>In bytes. What caches of files hold counts as free.</summary>
    public static long Bytes()
    {
        try
        {
            if (File.Exists(Machine)) return Math.Min(Available(File.ReadLines(Machine)), InContainer());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As elsewhere then.
        }

        var memory = GC.GetGCMemoryInfo();
        return Math.Max(0, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes);
    }

    /// <summary>The line <c>MemAvailable: 123 kB</c> of <c>/proc/meminfo</c>.</summary>
    internal static long Available(IEnumerable<string> lines)
    {
        const string name = "MemAvailable:";
        string? line = lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is not null && long.TryParse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture, out long kilobytes)
            ? kilobytes * 1024
            : long.MaxValue;
    }

    private static long InContainer() =>
        File.Exists(ContainerLimit) && long.TryParse(File.ReadAllText(ContainerLimit).Trim(), CultureInfo.InvariantCulture, out long limit)
        && long.TryParse(File.ReadAllText(ContainerUse).Trim(), CultureInfo.InvariantCulture, out long used)
            ? Math.Max(0, limit - used)
            : long.MaxValue;
}

namespace Llumnix.Actors.Migration;

/// <summary>The monotonic clock that all processes of one machine read, by name.</summary>
internal static class MachineClock
{
    private const string BootId = "/proc/sys/kernel/random/boot_id";

    /// <summary>
    /// The same in all processes that read the same clock: what Linux draws at boot, which containers share and machines of one name do not;
    /// elsewhere the machine's name.
    /// </summary>
    public static string Name { get; } = File.Exists(BootId) ? File.ReadAllText(BootId).Trim() : Environment.MachineName;
}

using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Llumnix.Benchmarks;

/// <summary>What this process holds in memory.</summary>
internal static partial class ProcessMemory
{
    /// <summary>Resident bytes after a full collection, with freed memory given back to the system.</summary>
    public static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        try
        {
            // glibc keeps what was freed below its mapping threshold: the next model would seem to need no memory.
            if (OperatingSystem.IsLinux()) _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc: other C libraries give memory back by themselves.
        }

        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Trim(nuint keep);
}

namespace Llumnix.Host.Tests.Browser;

/// <summary>A test that drives a real browser; skipped with a word of advice where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    public BrowserFactAttribute()
    {
        if (Executable is null) Skip = "There is no Chromium here: 'apt-get install chromium' gets it on Debian, or set CHROMIUM to its path.";
    }

    /// <summary>The browser's path, from the variable CHROMIUM or where distributions put it.</summary>
    public static string? Executable { get; } =
        Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named ? named : Places.FirstOrDefault(File.Exists);
}

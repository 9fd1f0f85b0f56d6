using Llumnix.Actors.Configuration;

namespace Llumnix.Actors.Tests.Configuration;

public sealed class ConfigurationPageTests
{
    [Fact]
    public void The_page_lists_every_key_with_its_default()
    {
        var defaults = LlumnixConfiguration.Load().Describe().Split('\n')
            .Where(line => line.StartsWith("llumnix.", StringComparison.Ordinal))
            .Select(line => line[..line.IndexOf("  # ", StringComparison.Ordinal)].Split(" = ", 2))
            .Select(pair => $"| `{pair[0]}` | `{pair[1]}` |");
        var listed = File.ReadAllLines(Path.Combine(RepositoryRoot(), "docs", "configuration.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => string.Concat(line.Split('|').Take(3).Select(cell => cell + "|")));

        Assert.Equal(defaults, listed);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Llumnix.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository: no Llumnix.sln above them.");
    }
}

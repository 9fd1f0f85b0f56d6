using Llumnix.Actors.Configuration;

namespace Llumnix.Actors.Tests.Configuration;

public sealed class DefaultFilesTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "hocon");

    [Fact]
    public void Every_key_has_a_comment_above_it_and_stands_in_one_file_only()
    {
        HashSet<string> seen = [];
        foreach (string file in Directory.GetFiles(Folder, "*.hocon"))
        {
            string text = File.ReadAllText(file);
            string[] lines = text.Split('\n');
            foreach (var setting in HoconReader.Read(text, "f", Folder).Where(setting => setting.Path[0] == "llumnix"))
            {
                Assert.True(seen.Add(setting.Key), $"{setting.Key} stands twice.");
                int line = int.Parse(setting.Origin.Where.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture) - 2;
                while (line >= 0 && lines[line].Trim() is { Length: > 0 } above && above[0] != '#') line--;
                Assert.True(line >= 0 && lines[line].Trim().StartsWith('#'), $"{setting.Key} has no comment above it in {Path.GetFileName(file)}.");
            }
        }

        Assert.Equal(LlumnixConfiguration.Load().Keys, seen.Order(StringComparer.Ordinal));
    }
}

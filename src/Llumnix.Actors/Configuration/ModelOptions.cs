namespace Llumnix.Actors.Configuration;

/// <summary>
/// One model that the cluster serves: the section <c>llumnix.model</c>, or each section of <c>llumnix.models</c> where there is one. Defaults
/// stand in model.hocon.
/// </summary>
public sealed record ModelOptions
{
    internal const string One = "llumnix.model", Several = "llumnix.models";

    private const string OnePath = One + ".path", OneName = One + ".name", Count = "llumnix.instances.count";

    /// <summary>The Hugging Face folder, absolute.</summary>
    public required string Path { get; init; }

    /// <summary>The name clients ask for: as configured, else the folder's.</summary>
    public required string Name { get; init; }

    /// <summary>How many instances of it this node runs; 0 serves those of other nodes only.</summary>
    public required int Instances { get; init; }

    /// <summary>The models, at least one. The first is the one of requests that name none.</summary>
    internal static IReadOnlyList<ModelOptions> Read(SettingReader settings)
    {
        int count = settings.Whole(Count, 1, 1024);
        var one = ReadOne(settings, count);
        var names = settings.Sections(Several);
        if (names.Count == 0) return [one];

        foreach (string key in (string[])[OnePath, OneName])
        {
            if (!settings.IsDefault(key)) throw settings.Contradiction(key, $"{Several}.{names[0]}.path", "give the one model or the section of several, not both");
        }

        return [.. names.Select(name => ReadNamed(settings, name, count))];
    }

    private static ModelOptions ReadOne(SettingReader settings, int count)
    {
        string path = FolderOf(settings, OnePath);
        string name = settings.Text(OneName);
        return new ModelOptions { Path = path, Name = name == "auto" ? System.IO.Path.GetFileName(path) : name, Instances = count };
    }

    private static ModelOptions ReadNamed(SettingReader settings, string name, int count)
    {
        string section = $"{Several}.{Setting.QuoteSegment(name)}", path = section + ".path", instances = section + ".instances";
        return new ModelOptions
        {
            Path = settings.IsSet(path)
                ? FolderOf(settings, path)
                : throw new ConfigurationException($"The model {name} has no folder; set {path}."),
            Name = name,
            Instances = settings.IsSet(instances) ? settings.Whole(instances, 0, 1024) : count,
        };
    }

    private static string FolderOf(SettingReader settings, string key) => System.IO.Path.TrimEndingDirectorySeparator(settings.FullPath(key));
}

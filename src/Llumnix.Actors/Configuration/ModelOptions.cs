using Llumnix.Scheduling.Scaling;

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

    /// <summary>Bounds and band of its instances in the cluster.</summary>
    public required ScalingPolicyOptions Scaling { get; init; }

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
        return new ModelOptions { Path = path, Name = name == "auto" ? System.IO.Path.GetFileName(path) : name, Instances = count, Scaling = ReadScaling(settings, null) };
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
            Scaling = ReadScaling(settings, section),
        };
    }

    /// <summary>A model's own bounds and band, those of all models where it has none.</summary>
    private static ScalingPolicyOptions ReadScaling(SettingReader settings, string? section)
    {
        string min = KeyOf("min-instances"), max = KeyOf("max-instances"), below = KeyOf("scale-up-below"), above = KeyOf("scale-down-above");
        TimeSpan day = TimeSpan.FromDays(1);
        var options = new ScalingPolicyOptions
        {
            MinInstances = settings.Whole(min, 1, 1 << 16),
            MaxInstances = settings.Whole(max, 1, 1 << 16),
            ScaleUpBelow = settings.Number(below, -1e9, 1e9),
            ScaleDownAbove = settings.Number(above, -1e9, 1e9),
            ScaleUpAfter = settings.Duration(ScalingOptions.Section + ".scale-up-after", TimeSpan.Zero, day),
            ScaleDownAfter = settings.Duration(ScalingOptions.Section + ".scale-down-after", TimeSpan.Zero, day),
            ScaleUpCoolDown = settings.Duration(ScalingOptions.Section + ".scale-up-cool-down", TimeSpan.Zero, day),
            ScaleDownCoolDown = settings.Duration(ScalingOptions.Section + ".scale-down-cool-down", TimeSpan.Zero, day),
        };
        if (options.MinInstances > options.MaxInstances) throw settings.Contradiction(min, max, "the first must not exceed the second");
        if (options.ScaleUpBelow >= options.ScaleDownAbove) throw settings.Contradiction(below, above, "the first must be below the second");
        return options;

        string KeyOf(string name) => section is not null && settings.IsSet($"{section}.{name}") ? $"{section}.{name}" : $"{ScalingOptions.Section}.{name}";
    }

    private static string FolderOf(SettingReader settings, string key) => System.IO.Path.TrimEndingDirectorySeparator(settings.FullPath(key));
}

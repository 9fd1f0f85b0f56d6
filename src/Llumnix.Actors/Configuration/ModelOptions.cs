namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.model</c>: what is served. Defaults stand in model.hocon.</summary>
public sealed record ModelOptions
{
    /// <summary>The Hugging Face folder, absolute.</summary>
    public required string Path { get; init; }

    /// <summary>The name clients ask for: as configured, else the folder's.</summary>
    public required string Name { get; init; }

    internal static ModelOptions Read(SettingReader settings)
    {
        string path = System.IO.Path.TrimEndingDirectorySeparator(settings.FullPath("llumnix.model.path"));
        string name = settings.Text("llumnix.model.name");
        return new ModelOptions { Path = path, Name = name == "auto" ? System.IO.Path.GetFileName(path) : name };
    }
}

namespace Llumnix.Actors.Configuration;

/// <summary>Where a setting was written, so that an error can send its author there.</summary>
/// <param name="Where">For a sentence: <c>in my.hocon, line 3</c>, <c>by --port</c>, <c>by LLUMNIX__ENGINE__DEVICE</c>.</param>
/// <param name="Folder">The folder from which a relative path in it is taken.</param>
internal sealed record SettingOrigin(string Where, string Folder)
{
    /// <summary>The folder of the program's own files.</summary>
    public static string DefaultFolder { get; } = Path.Combine(AppContext.BaseDirectory, "hocon");

    /// <summary>Whether it is one of the program's own files.</summary>
    public bool IsDefault => Folder == DefaultFolder;

    /// <inheritdoc/>
    public override string ToString() => Where;
}

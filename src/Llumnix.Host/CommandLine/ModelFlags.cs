using Llumnix.Actors.Configuration;

namespace Llumnix.Host.CommandLine;

/// <summary>The flag that names models, as the settings it stands for.</summary>
internal static class ModelFlags
{
    public const string Model = "--model";

    /// <param name="models">As given, each <c>DIR</c> or <c>NAME=DIR</c>; null where the flag was not.</param>
    /// <exception cref="ConfigurationException">Two models have one name.</exception>
    public static IEnumerable<ConfigurationFlag> Of(string[]? models)
    {
        if (models is not { Length: > 0 }) yield break;
        if (models is [var only])
        {
            (string? name, string folder) = Split(only);
            yield return new ConfigurationFlag(Model, "llumnix.model.path", folder);
            if (name is not null) yield return new ConfigurationFlag(Model, "llumnix.model.name", name);
            yield break;
        }

        HashSet<string> names = [];
        foreach (string model in models)
        {
            (string? name, string folder) = Split(model);
            name ??= Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            if (!names.Add(name))
                throw new ConfigurationException($"{Model} {model} is a second model of the name {name}; give it another by {Model} NAME={folder}.");
            yield return new ConfigurationFlag(Model, $"llumnix.models.{KeyOf(name)}.path", folder);
        }
    }

    /// <summary>A name as a part of a key.</summary>
    private static string KeyOf(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? name : $"\"{name}\"";

    /// <summary>A folder's path has an equals sign in its first part only where that is written <c>./a=b</c>.</summary>
    private static (string? Name, string Folder) Split(string model)
    {
        int equals = model.IndexOf('=', StringComparison.Ordinal);
        bool named = equals > 0 && !model.AsSpan(0, equals).ContainsAny('\\', '"') && model[0] is not ('.' or '/' or '~');
        return named ? (model[..equals], model[(equals + 1)..]) : (null, model);
    }
}

using Llumnix.Actors.Configuration;

namespace Llumnix.Host.CommandLine;

/// <summary>The flags that make one cluster of several processes, as the settings they stand for.</summary>
internal static class NodeFlags
{
    public const string Role = "--role", Seed = "--seed", Bind = "--bind";

    /// <param name="roles">As given, each one or several with commas between them; null where the flag was not.</param>
    /// <param name="seeds">The same of seeds.</param>
    /// <param name="bind"><c>HOST:PORT</c>, or null.</param>
    /// <exception cref="ConfigurationException"><paramref name="bind"/> is no such pair.</exception>
    public static IEnumerable<ConfigurationFlag> Of(string[]? roles, string[]? seeds, string? bind)
    {
        if (roles is { Length: > 0 }) yield return new ConfigurationFlag(Role, "llumnix.node.roles", List(roles));
        if (seeds is { Length: > 0 }) yield return new ConfigurationFlag(Seed, "llumnix.node.seeds", List(seeds));
        if (bind is null) yield break;

        int colon = bind.LastIndexOf(':');
        if (colon < 0)
            throw new ConfigurationException($"{Bind} is {bind}; it must be HOST:PORT, such as 127.0.0.1:4053, with port 0 for any free one.");
        yield return new ConfigurationFlag(Bind, "llumnix.node.host", bind[..colon].Trim('[', ']'));
        yield return new ConfigurationFlag(Bind, "llumnix.node.port", bind[(colon + 1)..]);
    }

    private static string List(string[] given)
    {
        string list = string.Join(',', given);
        // An IPv6 address begins like a list.
        return list.StartsWith('[') ? $"[{string.Join(',', list.Split(',', StringSplitOptions.TrimEntries).Select(item => $"\"{item}\""))}]" : list;
    }
}

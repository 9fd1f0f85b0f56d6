namespace Llumnix.Actors.Configuration;

/// <summary>A command-line flag that stands for a key, for example <c>--port 8081</c> for <c>llumnix.gateway.port</c>.</summary>
/// <param name="Name">The flag as it is written, with its dashes.</param>
/// <param name="Key">The key it stands for.</param>
/// <param name="Value">What was given.</param>
public sealed record ConfigurationFlag(string Name, string Key, string Value);

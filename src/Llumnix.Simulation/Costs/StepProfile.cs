using System.Text.Json;

namespace Llumnix.Simulation.Costs;

/// <summary>Step times measured on a real instance, as a file (JSON, names in snake_case).</summary>
public sealed record StepProfile
{
    /// <summary>What <see cref="Format"/> must be.</summary>
    public const string CurrentFormat = "llumnix-step-profile-1";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Says which kind of file it is.</summary>
    public required string Format { get; init; }

    /// <summary>The model measured.</summary>
    public required string Model { get; init; }

    /// <summary>What it was measured on.</summary>
    public required string Device { get; init; }

    /// <summary>Tokens in a block.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Blocks of the instance's KV memory.</summary>
    public required int Blocks { get; init; }

    /// <summary>Bytes of one block.</summary>
    public required long BytesPerBlock { get; init; }

    /// <summary>The model's context in tokens.</summary>
    public required int MaxContext { get; init; }

    /// <summary>Steps of one whole prompt each.</summary>
    public required IReadOnlyList<PromptTime> Prompts { get; init; }

    /// <summary>Steps of decodes only.</summary>
    public required IReadOnlyList<DecodeTime> Decodes { get; init; }

    /// <summary>Reads a profile.</summary>
    /// <exception cref="SimulationException">It is not there, or no profile.</exception>
    public static StepProfile Read(string path)
    {
        StepProfile profile;
        try
        {
            using var stream = File.OpenRead(path);
            profile = JsonSerializer.Deserialize<StepProfile>(stream, Json) ?? throw new SimulationException($"The profile {path} is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new SimulationException($"The profile {path} cannot be read: {e.Message}", e);
        }

        if (profile.Format != CurrentFormat)
            throw new SimulationException($"The profile {path} has the format \"{profile.Format}\"; it must be {CurrentFormat}, as llumnix bench profile writes it.");
        if (profile.Prompts.Select(time => time.Tokens).Distinct().Count() < 3)
            throw new SimulationException($"The profile {path} has fewer than three prompt lengths; measure more.");
        if (profile.Decodes.Select(time => time.Requests).Distinct().Count() < 2 || profile.Decodes.Select(time => time.ContextTokens).Distinct().Count() < 2)
            throw new SimulationException($"The profile {path} has decodes of fewer than two batch sizes or contexts; measure more.");
        if (profile.Prompts.Any(time => time.Tokens < 1 || !(time.Milliseconds > 0)) || profile.Decodes.Any(time => time.Requests < 1 || !(time.Milliseconds > 0)))
            throw new SimulationException($"The profile {path} has a step of no tokens or of no time.");
        return profile;
    }

    /// <summary>Writes it.</summary>
    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json));

    /// <summary>A step of one whole prompt.</summary>
    /// <param name="Tokens">Its tokens.</param>
    /// <param name="Milliseconds">The step.</param>
    public sealed record PromptTime(int Tokens, double Milliseconds);

    /// <summary>A step of decodes only.</summary>
    /// <param name="Requests">How many.</param>
    /// <param name="ContextTokens">Positions whose KV they read, all together.</param>
    /// <param name="Milliseconds">The step.</param>
    public sealed record DecodeTime(int Requests, long ContextTokens, double Milliseconds);
}

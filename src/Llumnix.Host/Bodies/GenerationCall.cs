using Llumnix.Actors.Sessions;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Models;
using Llumnix.Scheduling;

namespace Llumnix.Host.Bodies;

/// <summary>What a checked body asks for; whole and valid as far as the gateway can tell.</summary>
internal sealed record GenerationCall
{
    public required ServedModel Model { get; init; }

    /// <summary>Whether the body was one of chat, which decides the form of the answer.</summary>
    public required bool Chat { get; init; }

    /// <summary>At least one; each becomes a session.</summary>
    public required IReadOnlyList<PromptInput> Prompts { get; init; }

    /// <summary>Common to all prompts, except <see cref="SamplingParameters.MaxTokens"/>; the seed is drawn where none was given.</summary>
    public required SamplingParameters Sampling { get; init; }

    /// <summary>Choices of each prompt.</summary>
    public required int Choices { get; init; }

    public required Priority Priority { get; init; }

    public bool Stream { get; init; }

    /// <summary>Whether a stream ends with a chunk of usage.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>Whether the answer carries the token ids of prompt and output (vLLM's extension).</summary>
    public bool ReturnTokenIds { get; init; }

    /// <summary>Choices of all prompts: choice c of prompt p is number p * <see cref="Choices"/> + c in the answer.</summary>
    public int TotalChoices => Prompts.Count * Choices;

    public int PromptTokens => Prompts.Sum(prompt => prompt.Tokens.Length);

    public PromptInput PromptOf(int choice) => Prompts[choice / Choices];

    /// <summary>The session of one prompt.</summary>
    public GenerateRequest ToRequest(int prompt, RequestId id) => new()
    {
        Id = id,
        Model = Model.Name,
        Prompt = Prompts[prompt].Tokens,
        Sampling = Sampling with { MaxTokens = Prompts[prompt].MaxTokens },
        Choices = Choices,
        Priority = Priority,
    };
}

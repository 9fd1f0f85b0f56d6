using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Memory;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Gpu.Engine;

/// <summary>
/// One request on one instance: its tokens and what decides the next one and the end. All of it follows from prompt, parameters and output
/// so far, so the same sequence can be built on another instance at any point.
/// </summary>
public sealed class Sequence
{
    private readonly StopMatcher _stop;
    private int[] _tokens;

    /// <summary>Builds a sequence, new or already under way.</summary>
    /// <param name="id">The request.</param>
    /// <param name="prompt">Its prompt; valid, see <see cref="OutputRules.Validate"/>.</param>
    /// <param name="parameters">Valid ones, see <see cref="SamplingParameters.Validate"/>.</param>
    /// <param name="rules">The model's.</param>
    /// <param name="output">The output tokens it already has.</param>
    /// <exception cref="ArgumentException">The prompt is not valid, or the output goes on after its end.</exception>
    public Sequence(
        RequestId id, ReadOnlySpan<int> prompt, SamplingParameters parameters, OutputRules rules, ReadOnlySpan<int> output = default)
    {
        if (rules.Validate(prompt) is { } wrong) throw new ArgumentException($"Request {id}: {wrong}", nameof(prompt));

        Id = id;
        Parameters = parameters;
        PromptLength = prompt.Length;
        Length = prompt.Length;
        TokenLimit = (int)Math.Min((long)prompt.Length + parameters.MaxTokens, rules.MaxContext);
        _tokens = new int[Math.Min(TokenLimit, Math.Max(prompt.Length + 64, prompt.Length + output.Length))];
        prompt.CopyTo(_tokens);
        Sampling = new SamplingState(parameters, prompt, rules.EndTokens);
        _stop = new StopMatcher(parameters, rules);
        foreach (int token in output) Append(token);
    }

    public RequestId Id { get; }

    public SamplingParameters Parameters { get; }

    /// <summary>Tokens in the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>Tokens in prompt and output.</summary>
    public int Length { get; private set; }

    /// <summary>Tokens in the output.</summary>
    public int OutputLength => Length - PromptLength;

    /// <summary>The length at which it ends at the latest: prompt and max_tokens, at most the model's context.</summary>
    public int TokenLimit { get; }

    /// <summary>Whether and why it ended.</summary>
    public FinishReason Finish { get; private set; }

    /// <summary>Prompt and output; valid until the next <see cref="Append"/>.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    /// <summary>The output; valid until the next <see cref="Append"/>.</summary>
    public ReadOnlySpan<int> Output => _tokens.AsSpan(PromptLength, OutputLength);

    /// <summary>What the sampler needs to choose the next token.</summary>
    public SamplingState Sampling { get; }

    /// <summary>
    /// Adds an output token and decides whether the output ends with it: Stop at an end or stop token or stop string, else Length at the
    /// limit; a token that does both is a Stop.
    /// </summary>
    public FinishReason Append(int token)
    {
        if (Finish != FinishReason.None)
        {
            throw new InvalidOperationException($"Request {Id} ended ({Finish}) with {OutputLength} output tokens: it takes no further one.");
        }

        if (Length == _tokens.Length) Array.Resize(ref _tokens, Math.Min(TokenLimit, 2 * _tokens.Length));
        _tokens[Length++] = token;
        Sampling.Append(token);
        if (_stop.Append(token)) Finish = FinishReason.Stop;
        else if (Length == TokenLimit) Finish = FinishReason.Length;
        return Finish;
    }

    /// <summary>How many of its blocks a <see cref="PromptHasher"/> has hashed.</summary>
    internal int HashedBlocks { get; set; }

    /// <summary>The hash of the last of them, or the chain's root.</summary>
    internal BlockHash LastHash { get; set; }

    /// <summary>Ends it because no token could be chosen.</summary>
    internal void Fail() => Finish = FinishReason.Failed;
}

using System.Globalization;
using Llumnix.Gpu.Tokenization;

namespace Llumnix.Gpu.Engine;

/// <summary>What the model, rather than a request, says about outputs and how they end; shared by all requests of a model.</summary>
/// <param name="VocabularySize">Token ids are below it.</param>
/// <param name="MaxContext">The most tokens of prompt and output together.</param>
/// <param name="EndTokens">The model's own end tokens.</param>
/// <param name="Tokenizer">Turns tokens into the text in which stop strings are looked for.</param>
public sealed record OutputRules(int VocabularySize, int MaxContext, IReadOnlyList<int> EndTokens, ITokenizer Tokenizer)
{
    /// <summary>
    /// A decoder for one output. It goes on from its prompt, so a first word keeps the space in front of it; instance and gateway must
    /// read the same text, or they would disagree on stop strings.
    /// </summary>
    internal ITokenStreamDecoder NewDecoder() => Tokenizer.CreateStreamDecoder(continuesText: true);

    /// <summary>One sentence that says why <paramref name="prompt"/> cannot be served; null if it can.</summary>
    public string? Validate(ReadOnlySpan<int> prompt)
    {
        if (prompt.IsEmpty) return "prompt has no tokens, but must have at least 1.";
        if (prompt.Length >= MaxContext)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"prompt has {prompt.Length} tokens, but this model's context of {MaxContext} leaves room for at most {MaxContext - 1} and an output.");
        }

        foreach (int token in prompt)
        {
            if ((uint)token >= (uint)VocabularySize)
            {
                return string.Create(CultureInfo.InvariantCulture,
                    $"prompt holds token {token}, but this model's tokens are 0 to {VocabularySize - 1}.");
            }
        }

        return null;
    }
}

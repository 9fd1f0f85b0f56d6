using System.Text.RegularExpressions;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tokenization;

/// <summary>
/// The cutting patterns that tokenizer files carry. The families' own are compiled with the program, since compiling one at start costs
/// more than encoding a prompt.
/// </summary>
internal static partial class PreTokenizerPatterns
{
    private const string Gpt2Text = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Llama3Text =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string QwenText =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    [GeneratedRegex(Gpt2Text, RegexOptions.CultureInvariant)]
    public static partial Regex Gpt2();

    [GeneratedRegex(@"\p{N}", RegexOptions.CultureInvariant)]
    public static partial Regex Digit();

    [GeneratedRegex(@"\p{N}+", RegexOptions.CultureInvariant)]
    public static partial Regex Number();

    /// <summary>The pattern of a file; a <see cref="ModelLoadException"/> where .NET cannot run it.</summary>
    public static Regex Of(string file, string pattern)
    {
        switch (pattern)
        {
            case Gpt2Text: return Gpt2();
            case Llama3Text: return Llama3();
            case QwenText: return Qwen();
        }

        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant);
        }
        catch (ArgumentException error)
        {
            throw new ModelLoadException($"{file}: the pre_tokenizer pattern \"{pattern}\" is not supported: {error.Message}", error);
        }
    }

    [GeneratedRegex(Llama3Text, RegexOptions.CultureInvariant)]
    private static partial Regex Llama3();

    [GeneratedRegex(QwenText, RegexOptions.CultureInvariant)]
    private static partial Regex Qwen();
}

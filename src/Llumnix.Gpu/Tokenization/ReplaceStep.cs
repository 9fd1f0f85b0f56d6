namespace Llumnix.Gpu.Tokenization;

/// <summary>Replaces a string, which is not empty, wherever it occurs.</summary>
internal sealed record ReplaceStep(string Pattern, string Replacement) : INormalizerStep
{
    public string Apply(string text) => text.Replace(Pattern, Replacement, StringComparison.Ordinal);
}

namespace Llumnix.Gpu.Tokenization;

/// <summary>Unicode normalization form C.</summary>
internal sealed record NfcStep : INormalizerStep
{
    public string Apply(string text) => CanonicalComposition.Compose(text);
}

namespace Llumnix.Gpu.Tokenization;

/// <summary>Puts a string in front of every text that is not empty.</summary>
internal sealed record PrependStep(string Text) : INormalizerStep
{
    public string Apply(string text) => text.Length == 0 ? text : Text + text;
}

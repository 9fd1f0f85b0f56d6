namespace Llumnix.Gpu.Tokenization;

/// <summary>One rewriting of text before it is cut into words.</summary>
internal interface INormalizerStep
{
    string Apply(string text);
}

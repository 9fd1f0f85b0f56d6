using System.Text;

namespace Llumnix.Gpu.Tokenization;

/// <summary>SentencePiece's <c>remove_extra_whitespaces</c>: drops spaces at both ends and all but one of a run.</summary>
internal sealed record ExtraSpaceStep : INormalizerStep
{
    public string Apply(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (char character in text)
        {
            if (character != ' ' || (kept.Length > 0 && kept[^1] != ' ')) kept.Append(character);
        }

        if (kept.Length > 0 && kept[^1] == ' ') kept.Length--;
        return kept.ToString();
    }
}

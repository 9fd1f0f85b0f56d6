namespace Llumnix.Training.Tokenization;

/// <summary>Markers that are one token each and that no text can spell by accident.</summary>
public static class SpecialTokens
{
    public const string Begin = "<s>";
    public const string End = "</s>";
    public const string TurnStart = "<|im_start|>";
    public const string TurnEnd = "<|im_end|>";

    /// <summary>In the order of their ids, which follow the ids of the byte-pair vocabulary.</summary>
    public static IReadOnlyList<string> All { get; } = [Begin, End, TurnStart, TurnEnd];
}

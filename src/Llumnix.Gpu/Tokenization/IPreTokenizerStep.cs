namespace Llumnix.Gpu.Tokenization;

/// <summary>One cutting of text into pieces; pieces may be rewritten, never reordered.</summary>
internal interface IPreTokenizerStep
{
    /// <param name="piece">What is cut; not empty.</param>
    /// <param name="atStart">Whether it stands at the very start of the whole text.</param>
    /// <param name="pieces">Receives the parts; empty ones are not added.</param>
    void Split(ReadOnlyMemory<char> piece, bool atStart, List<ReadOnlyMemory<char>> pieces);
}

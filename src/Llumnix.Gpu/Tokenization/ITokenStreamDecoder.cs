namespace Llumnix.Gpu.Tokenization;

/// <summary>
/// Turns a stream of tokens into text pieces whose concatenation is the text of them all; a character whose bytes are still incomplete
/// is held back until it is whole.
/// </summary>
public interface ITokenStreamDecoder
{
    /// <summary>Adds a token; returns the text that became certain, possibly empty.</summary>
    string Append(int token);

    /// <summary>Ends the stream; returns what was held back, with U+FFFD for bytes that make no character.</summary>
    string Flush();
}

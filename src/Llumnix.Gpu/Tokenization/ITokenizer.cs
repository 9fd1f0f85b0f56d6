namespace Llumnix.Gpu.Tokenization;

/// <summary>Text to tokens and back. Safe for concurrent use.</summary>
public interface ITokenizer
{
    /// <summary>Number of ids it can produce or read; at most the model's vocabulary.</summary>
    int VocabularySize { get; }

    /// <summary>
    /// The tokens of <paramref name="text"/>. Special tokens written in the text (for example by a chat template) are recognised;
    /// <paramref name="addSpecialTokens"/> puts the model's begin-of-sequence token in front where its tokenizer does so.
    /// </summary>
    int[] Encode(string text, bool addSpecialTokens);

    /// <summary>The text of <paramref name="tokens"/>; ids outside the vocabulary give nothing.</summary>
    string Decode(ReadOnlySpan<int> tokens, bool skipSpecialTokens = true);

    /// <summary>The bytes one token stands for; empty for special tokens.</summary>
    ReadOnlyMemory<byte> TokenBytes(int token);

    /// <summary>
    /// Decodes one stream of tokens piece by piece. Without <paramref name="continuesText"/> the pieces together are
    /// <see cref="Decode"/> of the tokens; with it the stream goes on from a text already there (a completion from its prompt), so that
    /// the space in front of its first word stays where the tokenizer drops one at the start of a text.
    /// </summary>
    ITokenStreamDecoder CreateStreamDecoder(bool skipSpecialTokens = true, bool continuesText = false);
}

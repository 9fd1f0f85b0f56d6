using Llumnix.Gpu.Tokenization;

namespace Llumnix.Actors.Tests.Support;

/// <summary>Token 0 is the end; token i is the i-th letter, and from 27 on a digit or a space.</summary>
internal sealed class LetterTokenizer : ITokenizer
{
    public const int End = 0;

    private const string Letters = "\0abcdefghijklmnopqrstuvwxyz 01234";

    public int VocabularySize => Letters.Length;

    public int[] Encode(string text, bool addSpecialTokens) => [.. text.Select(letter => Letters.IndexOf(letter, StringComparison.Ordinal))];

    public string Decode(ReadOnlySpan<int> tokens, bool skipSpecialTokens = true)
    {
        var text = new System.Text.StringBuilder();
        foreach (int token in tokens)
        {
            if (token != End) text.Append(Letters[token]);
        }

        return text.ToString();
    }

    public ReadOnlyMemory<byte> TokenBytes(int token) => token == End ? default : new[] { (byte)Letters[token] };

    public ITokenStreamDecoder CreateStreamDecoder(bool skipSpecialTokens = true, bool continuesText = false) => new Decoder();

    private sealed class Decoder : ITokenStreamDecoder
    {
        public string Append(int token) => token == End ? "" : Letters[token].ToString();

        public string Flush() => "";
    }
}

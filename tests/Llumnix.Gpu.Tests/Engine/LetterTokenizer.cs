using System.Text;
using Llumnix.Gpu.Tokenization;

namespace Llumnix.Gpu.Tests.Engine;

/// <summary>
/// A tokenizer whose token t stands for <paramref name="pieces"/>[t]. A piece that ends in '\\' is an incomplete character: it gives no text
/// until the next token completes it, and U+FFFD if none does. Null pieces are special tokens.
/// </summary>
internal sealed class LetterTokenizer(params string?[] pieces) : ITokenizer
{
    public int VocabularySize => pieces.Length;

    public int[] Encode(string text, bool addSpecialTokens) => throw new NotSupportedException("Tests give tokens.");

    public string Decode(ReadOnlySpan<int> tokens, bool skipSpecialTokens = true)
    {
        ITokenStreamDecoder decoder = CreateStreamDecoder(skipSpecialTokens);
        var text = new StringBuilder();
        foreach (int token in tokens) text.Append(decoder.Append(token));
        return text.Append(decoder.Flush()).ToString();
    }

    public ReadOnlyMemory<byte> TokenBytes(int token) => Encoding.UTF8.GetBytes(pieces[token] ?? "");

    public ITokenStreamDecoder CreateStreamDecoder(bool skipSpecialTokens = true, bool continuesText = false) => new Decoder(pieces);

    private sealed class Decoder(string?[] pieces) : ITokenStreamDecoder
    {
        private bool _incomplete;

        public string Append(int token)
        {
            string? piece = pieces[token % pieces.Length];
            if (piece is null) return "";
            string text = _incomplete ? "é" + piece : piece;
            _incomplete = piece.EndsWith('\\');
            return text.TrimEnd('\\');
        }

        public string Flush()
        {
            string rest = _incomplete ? "\uFFFD" : "";
            _incomplete = false;
            return rest;
        }
    }
}

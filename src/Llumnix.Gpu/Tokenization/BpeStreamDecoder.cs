using System.Text;

namespace Llumnix.Gpu.Tokenization;

/// <summary>
/// Decodes token by token with the system's incremental UTF-8 decoder, which holds back the bytes of an unfinished character; nothing is
/// decoded twice.
/// </summary>
internal sealed class BpeStreamDecoder(BpeTokenizer tokenizer, bool skipsSpecial, bool stripsLeadingSpace) : ITokenStreamDecoder
{
    private const int StackChars = 256;

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private bool _atStart = stripsLeadingSpace;

    public string Append(int token)
    {
        var bytes = tokenizer.Spelling(token, skipsSpecial);
        if (bytes.IsEmpty) return "";
        if (_atStart)
        {
            _atStart = false;
            if (bytes[0] == ' ') bytes = bytes[1..];
        }

        return Decode(bytes, flush: false);
    }

    public string Flush() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        // Every byte gives at most one UTF-16 unit, and so does each of the up to three held back.
        int most = bytes.Length + 4;
        Span<char> chars = most <= StackChars ? stackalloc char[StackChars] : new char[most];
        int count = _decoder.GetChars(bytes, chars, flush);
        return count == 0 ? "" : new string(chars[..count]);
    }
}

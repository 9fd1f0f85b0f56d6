using System.Text;
using Llumnix.Gpu.Tokenization;

namespace Llumnix.Host.Tests.Fakes;

/// <summary>A token a byte; 256 begins a sequence and 257 ends it.</summary>
internal sealed class ByteTokenizer : ITokenizer
{
    public const int Begin = 256;
    public const int End = 257;

    public int VocabularySize => 258;

    public int[] Encode(string text, bool addSpecialTokens)
    {
        int[] tokens = [.. Encoding.UTF8.GetBytes(text)];
        return addSpecialTokens ? [Begin, .. tokens] : tokens;
    }

    public string Decode(ReadOnlySpan<int> tokens, bool skipSpecialTokens = true)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        foreach (int token in tokens)
        {
            if (token < 256) bytes.Add((byte)token);
            else if (!skipSpecialTokens)
            {
                text.Append(Encoding.UTF8.GetString([.. bytes])).Append(token == Begin ? "<s>" : "</s>");
                bytes.Clear();
            }
        }

        return text.Append(Encoding.UTF8.GetString([.. bytes])).ToString();
    }

    public ReadOnlyMemory<byte> TokenBytes(int token) => token < 256 ? new[] { (byte)token } : ReadOnlyMemory<byte>.Empty;

    public ITokenStreamDecoder CreateStreamDecoder(bool skipSpecialTokens = true, bool continuesText = false) => throw new NotSupportedException();
}

using System.Text;

namespace Llumnix.Training.Tokenization;

/// <summary>
/// GPT-2's one-to-one map of the 256 bytes to printable characters, in which byte-level vocabularies are written down: printable
/// Latin-1 stands for itself, every other byte for a character from U+0100 on.
/// </summary>
public static class ByteAlphabet
{
    private static readonly char[] ToChar = new char[256];
    private static readonly Dictionary<char, byte> ToByte = [];

    static ByteAlphabet()
    {
        int next = 256;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
            ToChar[b] = (char)(printable ? b : next++);
            ToByte[ToChar[b]] = (byte)b;
        }
    }

    /// <summary>The 256 characters in the order in which byte-level vocabularies list them: by character.</summary>
    public static IEnumerable<char> Characters => ToChar.Order();

    public static string Spell(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return string.Create(bytes.Length, bytes, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++) span[i] = ToChar[source[i]];
        });
    }

    public static void Unspell(string token, List<byte> bytes)
    {
        foreach (char c in token) bytes.Add(ToByte[c]);
    }
}

using System.Text;

namespace Llumnix.Gpu.Tokenization;

/// <summary>
/// GPT-2's spelling of bytes as printable characters, in which byte-level vocabularies are written: the 188 printable characters of
/// Latin-1 stand for themselves, the other 68 bytes, in order, for U+0100 and on (so a space is written <c>Ġ</c>).
/// </summary>
internal static class ByteLevelAlphabet
{
    private const int FirstSubstitute = 0x100;

    private static readonly char[] Chars = Build();
    private static readonly short[] Bytes = Invert();

    public static char CharOf(byte value) => Chars[value];

    /// <summary>Writes bytes in the alphabet.</summary>
    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (byte value in bytes) text.Append(Chars[value]);
        return text.ToString();
    }

    /// <summary>Reads a word of the alphabet; false where a character is not of it.</summary>
    public static bool TryRead(string word, Span<byte> bytes)
    {
        for (int i = 0; i < word.Length; i++)
        {
            if (word[i] >= Bytes.Length || Bytes[word[i]] < 0) return false;
            bytes[i] = (byte)Bytes[word[i]];
        }

        return true;
    }

    private static char[] Build()
    {
        var chars = new char[256];
        int substitute = FirstSubstitute;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            chars[value] = (char)(printable ? value : substitute++);
        }

        return chars;
    }

    private static short[] Invert()
    {
        var bytes = new short[FirstSubstitute + 68];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++) bytes[Chars[value]] = (short)value;
        return bytes;
    }
}

using System.Buffers;
using System.Text;

namespace Llumnix.Gpu.Tokenization;

/// <summary>
/// A byte-pair vocabulary with its merge rules: words to tokens. Words start as their bytes (byte level) or as their characters
/// (SentencePiece style, where a character without a token falls back to its bytes' tokens if the model has them).
/// </summary>
internal sealed class BpeModel
{
    private const int None = -1;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly BpeMerges _merges;
    private readonly int[] _byteIds = new int[256];
    private readonly bool _fallsBackToBytes;

    /// <param name="ids">The vocabulary; byte-level words in <see cref="ByteLevelAlphabet"/>.</param>
    /// <param name="merges">The rules over its ids.</param>
    /// <param name="byteLevel">Whether words start as bytes.</param>
    /// <param name="byteFallback">Whether characters without a token become tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>.</param>
    public BpeModel(Dictionary<string, int> ids, BpeMerges merges, bool byteLevel, bool byteFallback)
    {
        _ids = ids;
        _lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = merges;
        IsByteLevel = byteLevel;
        _fallsBackToBytes = byteFallback && !byteLevel;
        for (int value = 0; value < 256; value++)
        {
            string name = byteLevel ? ByteLevelAlphabet.CharOf((byte)value).ToString() : BytePiece((byte)value);
            _byteIds[value] = ids.GetValueOrDefault(name, None);
        }
    }

    public bool IsByteLevel { get; }

    public IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>Stands for what has no token; without it such text is left out, as Hugging Face's tokenizers do.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Whether neighbouring unknown characters become one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether a word that is itself in the vocabulary is one token, whatever the rules would make of it (Llama 3).</summary>
    public bool WholeWordsFirst { get; init; }

    /// <summary>The name of a byte's token in SentencePiece style.</summary>
    public static string BytePiece(byte value) => $"<0x{value:X2}>";

    /// <summary>Appends the tokens of one word of well-formed text.</summary>
    public void Encode(ReadOnlySpan<char> word, List<int> tokens)
    {
        if (word.IsEmpty) return;
        if (WholeWordsFirst && TryWhole(word, out int whole))
        {
            tokens.Add(whole);
            return;
        }

        // At most three bytes a UTF-16 unit, and at most one symbol a byte.
        int[] rented = ArrayPool<int>.Shared.Rent(word.Length * 3);
        int count = IsByteLevel ? StartAsBytes(word, rented) : StartAsCharacters(word, rented);
        count = _merges.Apply(rented.AsSpan(0, count));
        tokens.AddRange(rented.AsSpan(0, count));
        ArrayPool<int>.Shared.Return(rented);
    }

    private bool TryWhole(ReadOnlySpan<char> word, out int id)
    {
        if (!IsByteLevel) return _lookup.TryGetValue(word, out id);

        byte[] bytes = ArrayPool<byte>.Shared.Rent(word.Length * 3);
        char[] spelled = ArrayPool<char>.Shared.Rent(word.Length * 3);
        int count = Encoding.UTF8.GetBytes(word, bytes);
        for (int i = 0; i < count; i++) spelled[i] = ByteLevelAlphabet.CharOf(bytes[i]);
        bool found = _lookup.TryGetValue(spelled.AsSpan(0, count), out id);
        ArrayPool<byte>.Shared.Return(bytes);
        ArrayPool<char>.Shared.Return(spelled);
        return found;
    }

    private int StartAsBytes(ReadOnlySpan<char> word, Span<int> symbols)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(word.Length * 3);
        int length = Encoding.UTF8.GetBytes(word, bytes);
        int count = 0;
        bool afterUnknown = false;
        for (int i = 0; i < length; i++)
        {
            int id = _byteIds[bytes[i]];
            if (id != None) symbols[count++] = id;
            else AddUnknown(symbols, ref count, afterUnknown);
            afterUnknown = id == None;
        }

        ArrayPool<byte>.Shared.Return(bytes);
        return count;
    }

    private int StartAsCharacters(ReadOnlySpan<char> word, Span<int> symbols)
    {
        int count = 0;
        bool afterUnknown = false;
        Span<byte> bytes = stackalloc byte[4];
        while (!word.IsEmpty)
        {
            Rune.DecodeFromUtf16(word, out var rune, out int consumed);
            bool known = true;
            if (_lookup.TryGetValue(word[..consumed], out int id))
            {
                symbols[count++] = id;
            }
            else
            {
                int length = rune.EncodeToUtf8(bytes);
                known = _fallsBackToBytes && HasAllBytes(bytes[..length]);
                if (known)
                {
                    foreach (byte value in bytes[..length]) symbols[count++] = _byteIds[value];
                }
                else
                {
                    AddUnknown(symbols, ref count, afterUnknown);
                }
            }

            afterUnknown = !known;
            word = word[consumed..];
        }

        return count;
    }

    private bool HasAllBytes(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (_byteIds[value] == None) return false;
        }

        return true;
    }

    private void AddUnknown(Span<int> symbols, ref int count, bool afterUnknown)
    {
        if (UnknownId is not { } unknown || (FuseUnknown && afterUnknown)) return;
        symbols[count++] = unknown;
    }
}

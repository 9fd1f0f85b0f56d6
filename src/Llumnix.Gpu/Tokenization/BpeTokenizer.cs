using System.Buffers;
using System.Globalization;
using System.Text;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tokenization;

/// <summary>
/// The byte-pair tokenizers of the families that can be served, byte-level (Llama 3, Qwen) and SentencePiece style (Llama 2, Mistral).
/// Text is cut at added tokens, normalized, cut into words, and each word merged; decoding joins the tokens' bytes and reads them as UTF-8.
/// Half a surrogate pair in a text is encoded as U+FFFD.
/// </summary>
public sealed class BpeTokenizer : ITokenizer
{
    private const char SentencePieceSpace = '\u2581';

    // Every id has a row in tables; the largest vocabularies of today have a quarter of a million.
    private const int MostIds = 1 << 24;

    private readonly TokenizerDefinition _definition;
    private readonly AddedTokenFinder? _rawTokens;
    private readonly AddedTokenFinder? _normalizedTokens;

    // All tokens' bytes one after the other; token i's are [_ends[i - 1], _ends[i]).
    private readonly byte[] _bytes;
    private readonly int[] _ends;
    private readonly bool[] _special;

    internal BpeTokenizer(TokenizerDefinition definition)
    {
        _definition = definition;
        var raw = definition.AddedTokens.Where(token => !token.Normalized).Select(token => (token.Content, token)).ToArray();
        var normalized = definition.AddedTokens
            .Where(token => token.Normalized)
            .Select(token => (Written: Normalize(token.Content), token))
            .Where(entry => entry.Written.Length > 0)
            .ToArray();
        if (raw.Length > 0) _rawTokens = new AddedTokenFinder(raw);
        if (normalized.Length > 0) _normalizedTokens = new AddedTokenFinder(normalized);

        VocabularySize = definition.Highest.Id + 1;
        var words = new string?[VocabularySize];
        _special = new bool[VocabularySize];
        foreach (var (word, id) in definition.Model.Ids) words[id] = word;
        var added = new bool[VocabularySize];
        foreach (var token in definition.AddedTokens)
        {
            words[token.Id] = token.Content;
            added[token.Id] = true;
            _special[token.Id] = token.Special;
        }

        (_bytes, _ends) = SpellAll(words, added, definition.Model.IsByteLevel);
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <summary>Reads a <c>tokenizer.json</c> by itself, without the folder it belongs to; a <see cref="ModelLoadException"/> where it cannot be used.</summary>
    public static BpeTokenizer LoadJson(string path)
    {
        var definition = TokenizerJsonFile.Read(path);
        var (id, text) = definition.Highest;
        return id < MostIds
            ? new BpeTokenizer(definition)
            : throw new ModelLoadException(
                string.Create(CultureInfo.InvariantCulture, $"{path}: its token \"{text}\" has id {id}; ids must be below {MostIds}."));
    }

    /// <inheritdoc/>
    public int[] Encode(string text, bool addSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new List<int>(8 + (text.Length / 3));
        if (addSpecialTokens) tokens.AddRange(_definition.Prefix);
        string whole = WellFormed(text);
        int from = 0;
        while (_rawTokens is not null && _rawTokens.TryFind(whole, from, out int start, out int end, out var token))
        {
            EncodeStretch(whole[from..start], from == 0, tokens);
            tokens.Add(token.Id);
            from = end;
        }

        EncodeStretch(whole[from..], from == 0, tokens);
        if (addSpecialTokens) tokens.AddRange(_definition.Suffix);
        return [.. tokens];
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> tokens, bool skipSpecialTokens = true)
    {
        int length = 0;
        foreach (int token in tokens) length += Spelling(token, skipSpecialTokens).Length;
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        int count = 0;
        foreach (int token in tokens)
        {
            var bytes = Spelling(token, skipSpecialTokens);
            bytes.CopyTo(rented.AsSpan(count));
            count += bytes.Length;
        }

        int skipped = _definition.StripsLeadingSpace && count > 0 && rented[0] == ' ' ? 1 : 0;
        string text = Encoding.UTF8.GetString(rented, skipped, count - skipped);
        ArrayPool<byte>.Shared.Return(rented);
        return text;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> TokenBytes(int token)
    {
        if ((uint)token >= (uint)_ends.Length || _special[token]) return default;
        int start = token == 0 ? 0 : _ends[token - 1];
        return _bytes.AsMemory(start, _ends[token] - start);
    }

    /// <inheritdoc/>
    public ITokenStreamDecoder CreateStreamDecoder(bool skipSpecialTokens = true, bool continuesText = false) =>
        new BpeStreamDecoder(this, skipSpecialTokens, _definition.StripsLeadingSpace && !continuesText);

    /// <summary>The id of the token written <paramref name="content"/>, added or of the vocabulary; null where there is none.</summary>
    internal int? IdOf(string content)
    {
        foreach (var token in _definition.AddedTokens)
        {
            if (token.Content == content) return token.Id;
        }

        return _definition.Model.Ids.TryGetValue(content, out int id) ? id : null;
    }

    /// <summary>A token's bytes as decoding writes them: nothing for a special one that is skipped, and for an id outside the vocabulary.</summary>
    internal ReadOnlySpan<byte> Spelling(int token, bool skipsSpecial)
    {
        if ((uint)token >= (uint)_ends.Length || (skipsSpecial && _special[token])) return default;
        int start = token == 0 ? 0 : _ends[token - 1];
        return _bytes.AsSpan(start, _ends[token] - start);
    }

    private static string WellFormed(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return text;
        return string.Create(text.Length, text, static (target, source) =>
        {
            source.CopyTo(target);
            for (int i = 0; i < target.Length; i++)
            {
                if (!char.IsSurrogate(target[i])) continue;
                bool pair = char.IsHighSurrogate(target[i]) && i + 1 < target.Length && char.IsLowSurrogate(target[i + 1]);
                if (pair) i++;
                else target[i] = '\uFFFD';
            }
        });
    }

    private static (byte[] Bytes, int[] Ends) SpellAll(string?[] words, bool[] added, bool byteLevel)
    {
        using var all = new MemoryStream();
        var ends = new int[words.Length];
        var fallback = byteLevel
            ? []
            : Enumerable.Range(0, 256).ToDictionary(value => BpeModel.BytePiece((byte)value), value => (byte)value, StringComparer.Ordinal);
        byte[] buffer = new byte[256];
        for (int id = 0; id < words.Length; id++)
        {
            if (words[id] is { } word)
            {
                if (buffer.Length < word.Length) buffer = new byte[word.Length];
                if (added[id]) all.Write(Encoding.UTF8.GetBytes(word));
                else if (byteLevel && ByteLevelAlphabet.TryRead(word, buffer)) all.Write(buffer.AsSpan(0, word.Length));
                else if (fallback.TryGetValue(word, out byte value)) all.WriteByte(value);
                else all.Write(Encoding.UTF8.GetBytes(byteLevel ? word : word.Replace(SentencePieceSpace, ' ')));
            }

            ends[id] = (int)all.Length;
        }

        return (all.ToArray(), ends);
    }

    private string Normalize(string text)
    {
        foreach (var step in _definition.Normalizer) text = step.Apply(text);
        return text;
    }

    private void EncodeStretch(string stretch, bool atStart, List<int> tokens)
    {
        if (stretch.Length == 0) return;
        string text = Normalize(stretch);
        int from = 0;
        while (_normalizedTokens is not null && _normalizedTokens.TryFind(text, from, out int start, out int end, out var token))
        {
            EncodeWords(text.AsMemory(from, start - from), atStart && from == 0, tokens);
            tokens.Add(token.Id);
            from = end;
        }

        EncodeWords(text.AsMemory(from), atStart && from == 0, tokens);
    }

    private void EncodeWords(ReadOnlyMemory<char> text, bool atStart, List<int> tokens)
    {
        if (text.IsEmpty) return;
        List<ReadOnlyMemory<char>> pieces = [text];
        List<ReadOnlyMemory<char>> parts = [];
        foreach (var step in _definition.PreTokenizer)
        {
            parts.Clear();
            for (int i = 0; i < pieces.Count; i++) step.Split(pieces[i], atStart && i == 0, parts);
            (pieces, parts) = (parts, pieces);
        }

        foreach (var piece in pieces) _definition.Model.Encode(piece.Span, tokens);
    }
}

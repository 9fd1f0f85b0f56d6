using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tokenization;

/// <summary>
/// Reads a SentencePiece <c>tokenizer.model</c> of type BPE, a protocol-buffers message (<c>sentencepiece_model.proto</c>): pieces with
/// scores and kinds (field 1), the trainer's settings (2), the normalizer's (3). Any two neighbouring symbols whose concatenation is a
/// piece may merge, the highest score first.
/// </summary>
internal static class SentencePieceFile
{
    public const string FileName = "tokenizer.model";

    private const int BpeModelType = 2;

    private enum Kind
    {
        Normal = 1,
        Unknown = 2,
        Control = 3,
        UserDefined = 4,
        Unused = 5,
        Byte = 6,
    }

    /// <param name="path">The file.</param>
    /// <param name="marksEveryStretch">
    /// Whether the space in front of a text is put in front of every stretch between added tokens, not only at the start.
    /// </param>
    public static (TokenizerDefinition Definition, int? BeginId, int? EndId) Read(string path, bool marksEveryStretch)
    {
        var settings = new Settings();
        var pieces = new List<(string Text, float Score, Kind Kind)>();
        try
        {
            foreach (var field in Fields(JsonSection.ReadFile(path)))
            {
                switch (field.Number)
                {
                    case 1: pieces.Add(ReadPiece(field.Bytes)); break;
                    case 2: settings.ReadTrainer(field.Bytes); break;
                    case 3: settings.ReadNormalizer(field.Bytes); break;
                }
            }
        }
        catch (Exception error) when (error is FormatException or DecoderFallbackException)
        {
            throw new ModelLoadException($"{path} cannot be read as a SentencePiece model: {error.Message}", error);
        }

        if (pieces.Count == 0) throw new ModelLoadException($"{path} cannot be read as a SentencePiece model: it has no pieces.");
        if (settings.ModelType != BpeModelType)
        {
            throw new ModelLoadException(string.Create(
                CultureInfo.InvariantCulture,
                $"{path} is a SentencePiece model of type {settings.ModelType}, which is not supported; supported is BPE (type {BpeModelType})."));
        }

        if (settings.HasCharacterMap)
        {
            throw new ModelLoadException(
                $"{path} normalizes text by \"{settings.NormalizerName}\", which is not supported; supported is \"identity\".");
        }

        return (Define(pieces, settings, marksEveryStretch), InRange(settings.BeginId), InRange(settings.EndId));

        int? InRange(int id) => id >= 0 && id < pieces.Count ? id : null;
    }

    private static TokenizerDefinition Define(List<(string Text, float Score, Kind Kind)> pieces, Settings settings, bool marksEveryStretch)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var added = new List<AddedToken>();
        int? unknown = null;
        for (int id = 0; id < pieces.Count; id++)
        {
            var (text, _, kind) = pieces[id];
            ids.TryAdd(text, id);
            if (kind == Kind.Unknown) unknown ??= id;
            if (text.Length == 0) continue;
            if (kind is Kind.Unknown or Kind.Control) added.Add(new AddedToken(id, text) { Special = true });
            if (kind == Kind.UserDefined) added.Add(new AddedToken(id, text));
        }

        var normalizer = new List<INormalizerStep>();
        if (settings.RemovesExtraSpace) normalizer.Add(new ExtraSpaceStep());
        var preTokenizer = new List<IPreTokenizerStep>();
        if (settings.AddsPrefix && marksEveryStretch) normalizer.Add(new PrependStep("\u2581"));
        normalizer.Add(new ReplaceStep(" ", "\u2581"));
        if (settings.AddsPrefix && !marksEveryStretch) preTokenizer.Add(new MetaspaceStep('\u2581', PrefixScheme.First, Cuts: false));

        return new TokenizerDefinition
        {
            Model = new BpeModel(ids, DeriveMerges(pieces, ids), byteLevel: false, settings.FallsBackToBytes)
            {
                UnknownId = unknown,
                FuseUnknown = true,
            },
            AddedTokens = added,
            Normalizer = normalizer,
            PreTokenizer = preTokenizer,
            StripsLeadingSpace = settings.AddsPrefix,
        };
    }

    private static BpeMerges DeriveMerges(List<(string Text, float Score, Kind Kind)> pieces, Dictionary<string, int> ids)
    {
        var ranks = pieces
            .Where(piece => piece.Kind == Kind.Normal)
            .Select(piece => piece.Score)
            .Distinct()
            .OrderDescending()
            .Select((score, rank) => (score, rank))
            .ToDictionary(entry => entry.score, entry => entry.rank);
        var merges = new BpeMerges();
        for (int id = 0; id < pieces.Count; id++)
        {
            var (text, score, kind) = pieces[id];
            if (kind != Kind.Normal || ids[text] != id) continue;
            for (int cut = 1; cut < text.Length; cut++)
            {
                if (char.IsLowSurrogate(text[cut])) continue;
                if (IsNormal(text[..cut], out int left) && IsNormal(text[cut..], out int right)) merges.Add(left, right, ranks[score], id);
            }
        }

        return merges;

        bool IsNormal(string text, out int id) => ids.TryGetValue(text, out id) && pieces[id].Kind == Kind.Normal;
    }

    private static (string Text, float Score, Kind Kind) ReadPiece(ReadOnlyMemory<byte> message)
    {
        string text = "";
        float score = 0;
        var kind = Kind.Normal;
        foreach (var field in Fields(message))
        {
            switch (field.Number)
            {
                case 1: text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(field.Bytes.Span); break;
                case 2: score = BitConverter.UInt32BitsToSingle((uint)field.Value); break;
                case 3: kind = (Kind)field.Value; break;
            }
        }

        return (text, score, kind);
    }

    /// <summary>The fields of a message in order. Numbers are in <c>Value</c>, everything with a length in <c>Bytes</c>.</summary>
    private static IEnumerable<(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)> Fields(ReadOnlyMemory<byte> message)
    {
        int at = 0;
        while (at < message.Length)
        {
            ulong key = ReadVarint(message.Span, ref at);
            int number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    yield return (number, ReadVarint(message.Span, ref at), default);
                    break;
                case 1:
                    yield return (number, BinaryPrimitives.ReadUInt64LittleEndian(Take(message, ref at, 8).Span), default);
                    break;
                case 2:
                    yield return (number, 0, Take(message, ref at, ReadVarint(message.Span, ref at)));
                    break;
                case 5:
                    yield return (number, BinaryPrimitives.ReadUInt32LittleEndian(Take(message, ref at, 4).Span), default);
                    break;
                default:
                    throw new FormatException("a field has no known wire type.");
            }
        }
    }

    private static ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> message, ref int at, ulong length)
    {
        if (length > (ulong)(message.Length - at)) throw new FormatException("it ends in the middle of a field.");
        var taken = message.Slice(at, (int)length);
        at += (int)length;
        return taken;
    }

    private static ulong ReadVarint(ReadOnlySpan<byte> message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (at >= message.Length) throw new FormatException("it ends in the middle of a number.");
            byte next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw new FormatException("a number is longer than 64 bits.");
    }

    /// <summary>The settings that change tokens; initial values are the format's defaults.</summary>
    private sealed class Settings
    {
        public int ModelType { get; private set; } = 1;

        public bool FallsBackToBytes { get; private set; }

        public int BeginId { get; private set; } = 1;

        public int EndId { get; private set; } = 2;

        public string NormalizerName { get; private set; } = "";

        public bool HasCharacterMap { get; private set; }

        public bool AddsPrefix { get; private set; } = true;

        public bool RemovesExtraSpace { get; private set; } = true;

        public void ReadTrainer(ReadOnlyMemory<byte> message)
        {
            foreach (var field in Fields(message))
            {
                switch (field.Number)
                {
                    case 3: ModelType = (int)field.Value; break;
                    case 35: FallsBackToBytes = field.Value != 0; break;
                    case 41: BeginId = (int)field.Value; break;
                    case 42: EndId = (int)field.Value; break;
                }
            }
        }

        public void ReadNormalizer(ReadOnlyMemory<byte> message)
        {
            foreach (var field in Fields(message))
            {
                switch (field.Number)
                {
                    case 1: NormalizerName = Encoding.UTF8.GetString(field.Bytes.Span); break;
                    case 2: HasCharacterMap = field.Bytes.Length > 0; break;
                    case 3: AddsPrefix = field.Value != 0; break;
                    case 4: RemovesExtraSpace = field.Value != 0; break;
                }
            }
        }
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Tokenization;

/// <summary>
/// Reads a <c>tokenizer.json</c> of type BPE: byte-level, or SentencePiece style. What it cannot honour it refuses with a sentence that
/// names the part and its type, since a tokenizer that is nearly right makes a model that is quietly wrong.
/// </summary>
internal static class TokenizerJsonFile
{
    public const string FileName = "tokenizer.json";

    private const char SentencePieceSpace = '\u2581';

    private enum Style
    {
        Undecided,
        ByteLevel,
        SentencePiece,
    }

    public static TokenizerDefinition Read(string path)
    {
        var file = JsonSection.Load(path);
        var model = file.Section("model");
        string type = model.OptionalString("type") ?? (model.Has("merges") ? "BPE" : "of no type");
        if (type != "BPE") throw file.Refuse($"\"model.type\" is {type}, which is not supported; supported is BPE.");

        var addedTokens = ReadAddedTokens(file);
        var style = Style.Undecided;
        var normalizer = new List<INormalizerStep>();
        foreach (var part in Parts(file, "normalizer", "normalizers")) normalizer.Add(ReadNormalizer(file, part, ref style));
        var preTokenizer = new List<IPreTokenizerStep>();
        foreach (var part in Parts(file, "pre_tokenizer", "pretokenizers")) preTokenizer.Add(ReadPreTokenizer(file, part, ref style));
        bool stripsSpace = ReadDecoder(file, ref style);
        if (style == Style.Undecided)
        {
            throw file.Refuse(
                "neither byte-level nor SentencePiece style is recognised from \"normalizer\", \"pre_tokenizer\" and \"decoder\"; supported are these two.");
        }

        var (prefix, suffix) = ReadPostProcessor(file);
        return new TokenizerDefinition
        {
            Model = ReadModel(file, model, style),
            AddedTokens = addedTokens,
            Normalizer = normalizer,
            PreTokenizer = preTokenizer,
            Prefix = prefix,
            Suffix = suffix,
            StripsLeadingSpace = stripsSpace,
        };
    }

    private static List<AddedToken> ReadAddedTokens(JsonSection file)
    {
        var tokens = new List<AddedToken>();
        foreach (var entry in file.Items("added_tokens"))
        {
            int id = entry.Int("id", least: 0);
            if (entry.String("content").Length > 0) tokens.Add(AddedTokenEntry.Read(entry, id));
        }

        return tokens;
    }

    /// <summary>The parts of a pipeline stage: none, one, or those of a <c>Sequence</c>, which may itself hold sequences.</summary>
    private static IEnumerable<JsonSection> Parts(JsonSection parent, string key, string listKey)
    {
        if (parent.OptionalSection(key) is not { } stage) return [];
        return Flatten(stage, listKey);

        static IEnumerable<JsonSection> Flatten(JsonSection part, string listKey) =>
            part.OptionalString("type") == "Sequence" ? part.Items(listKey).SelectMany(inner => Flatten(inner, listKey)) : [part];
    }

    private static INormalizerStep ReadNormalizer(JsonSection file, JsonSection part, ref Style style)
    {
        switch (part.String("type"))
        {
            case "NFC":
                return new NfcStep();
            case "Prepend":
                style = Style.SentencePiece;
                return new PrependStep(part.String("prepend"));
            case "Replace" when part.OptionalSection("pattern") is { } pattern && pattern.OptionalString("String") is { Length: > 0 } text:
                if (part.String("content") == SentencePieceSpace.ToString()) style = Style.SentencePiece;
                return new ReplaceStep(text, part.String("content"));
            case "Replace":
                throw file.Refuse("\"normalizer\" replaces a regular expression, which is not supported; supported are plain strings.");
            case var type:
                throw file.Refuse($"\"normalizer\" has a part of type {type}, which is not supported; supported are NFC, Prepend, Replace and Sequence.");
        }
    }

    private static IPreTokenizerStep ReadPreTokenizer(JsonSection file, JsonSection part, ref Style style)
    {
        switch (part.String("type"))
        {
            case "ByteLevel":
                style = Style.ByteLevel;
                return new ByteLevelStep(part.OptionalBool("add_prefix_space") ?? true, part.OptionalBool("use_regex") ?? true);
            case "Split":
                return ReadSplit(file, part);
            case "Digits":
                bool single = part.OptionalBool("individual_digits") ?? false;
                return new RegexStep(
                    single ? PreTokenizerPatterns.Digit() : PreTokenizerPatterns.Number(), KeepsMatches: true, KeepsGaps: true);
            case "Metaspace":
                style = Style.SentencePiece;
                return new MetaspaceStep(Mark(file, part), ReadPrefixScheme(file, part), part.OptionalBool("split") ?? true);
            case var type:
                throw file.Refuse(
                    $"\"pre_tokenizer\" has a part of type {type}, which is not supported; supported are ByteLevel, Split, Digits, Metaspace and Sequence.");
        }
    }

    private static RegexStep ReadSplit(JsonSection file, JsonSection part)
    {
        var pattern = part.Section("pattern");
        string expression = pattern.OptionalString("Regex")
            ?? (pattern.OptionalString("String") is { Length: > 0 } text ? Regex.Escape(text) : throw pattern.Missing("Regex"));
        var regex = PreTokenizerPatterns.Of(file.File, expression);
        bool inverted = part.OptionalBool("invert") ?? false;
        return part.String("behavior") switch
        {
            "Isolated" => new RegexStep(regex, KeepsMatches: true, KeepsGaps: true),
            "Removed" => new RegexStep(regex, KeepsMatches: inverted, KeepsGaps: !inverted),
            var behavior => throw file.Refuse(
                $"\"pre_tokenizer\" splits with the behavior {behavior}, which is not supported; supported are Isolated and Removed."),
        };
    }

    private static char Mark(JsonSection file, JsonSection part)
    {
        string mark = part.OptionalString("replacement") ?? SentencePieceSpace.ToString();
        return mark == SentencePieceSpace.ToString()
            ? SentencePieceSpace
            : throw file.Refuse($"a Metaspace part writes spaces as \"{mark}\", which is not supported; supported is \"{SentencePieceSpace}\".");
    }

    private static PrefixScheme ReadPrefixScheme(JsonSection file, JsonSection part) =>
        part.OptionalString("prepend_scheme") switch
        {
            null => part.OptionalBool("add_prefix_space") ?? true ? PrefixScheme.Always : PrefixScheme.Never,
            "always" => PrefixScheme.Always,
            "first" => PrefixScheme.First,
            "never" => PrefixScheme.Never,
            var scheme => throw file.Refuse(
                $"a Metaspace part has the prepend_scheme \"{scheme}\", which is not supported; supported are always, first and never."),
        };

    /// <returns>Whether one space at the start of the text is dropped.</returns>
    private static bool ReadDecoder(JsonSection file, ref Style style)
    {
        bool strips = false;
        foreach (var part in Parts(file, "decoder", "decoders"))
        {
            string type = part.String("type");
            var wanted = type == "ByteLevel" ? Style.ByteLevel : Style.SentencePiece;
            if (style == Style.Undecided) style = wanted;
            switch (type)
            {
                case "ByteLevel" or "ByteFallback" or "Fuse":
                    break;
                case "Replace" when part.Section("pattern").OptionalString("String") == SentencePieceSpace.ToString()
                    && part.String("content") == " ":
                    break;
                case "Strip" when part.String("content") == " " && part.Int("start") <= 1 && part.Int("stop") == 0:
                    strips = part.Int("start") == 1;
                    break;
                case "Metaspace":
                    _ = Mark(file, part);
                    strips = ReadPrefixScheme(file, part) != PrefixScheme.Never;
                    break;
                default:
                    throw file.Refuse(
                        $"\"decoder\" has a part {JsonSection.Describe(part.Element)}, which is not supported; supported are ByteLevel, or Metaspace, or Replace of \"{SentencePieceSpace}\" by a space, ByteFallback, Fuse and Strip of one space.");
            }

            if (style != wanted)
                throw file.Refuse($"\"decoder\" has a part of type {type}, which does not fit the rest of the file, of {Named(style)} style.");
        }

        return strips;
    }

    private static string Named(Style style) => style == Style.ByteLevel ? "byte-level" : "SentencePiece";

    private static (int[] Prefix, int[] Suffix) ReadPostProcessor(JsonSection file)
    {
        List<int> prefix = [];
        List<int> suffix = [];
        foreach (var part in Parts(file, "post_processor", "processors"))
        {
            switch (part.String("type"))
            {
                case "ByteLevel":
                    // It trims offsets only.
                    break;
                case "TemplateProcessing":
                    bool afterText = false;
                    foreach (var item in part.Items("single"))
                    {
                        if (item.Has("Sequence"))
                        {
                            afterText = true;
                            continue;
                        }

                        string name = item.Section("SpecialToken").String("id");
                        var ids = part.Section("special_tokens").Section(name).IntOrInts("ids");
                        (afterText ? suffix : prefix).AddRange(ids);
                    }

                    break;
                case var type:
                    throw file.Refuse(
                        $"\"post_processor\" has a part of type {type}, which is not supported; supported are TemplateProcessing, ByteLevel and Sequence.");
            }
        }

        return ([.. prefix], [.. suffix]);
    }

    private static BpeModel ReadModel(JsonSection file, JsonSection model, Style style)
    {
        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (!string.IsNullOrEmpty(model.OptionalString(affix)))
                throw file.Refuse($"\"model.{affix}\" is \"{model.OptionalString(affix)}\", which is not supported; it must be empty.");
        }

        if ((model.OptionalNumber("dropout") ?? 0) != 0) throw file.Refuse("\"model.dropout\" is not 0, so that tokens would be drawn at random.");

        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var vocabulary = model.Section("vocab");
        foreach (var (word, value) in vocabulary.Members())
        {
            if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int id) || id < 0)
                throw vocabulary.Wrong(word, value, "a token id");
            ids[word] = id;
        }

        return new BpeModel(ids, ReadMerges(model, ids), style == Style.ByteLevel, model.OptionalBool("byte_fallback") ?? false)
        {
            UnknownId = model.OptionalString("unk_token") is { } unknown
                ? ids.TryGetValue(unknown, out int unknownId) ? unknownId : throw file.Refuse($"\"model.unk_token\" is \"{unknown}\", which is not in \"model.vocab\".")
                : null,
            FuseUnknown = model.OptionalBool("fuse_unk") ?? false,
            WholeWordsFirst = model.OptionalBool("ignore_merges") ?? false,
        };
    }

    private static BpeMerges ReadMerges(JsonSection model, Dictionary<string, int> ids)
    {
        var merges = new BpeMerges();
        int rank = 0;
        foreach (var item in model.OptionalArray("merges"))
        {
            var (left, right) = ReadMerge(model, item, rank);
            merges.Add(Id(left), Id(right), rank, Id(left + right));
            rank++;

            int Id(string word) => ids.TryGetValue(word, out int id)
                ? id
                : throw new ModelLoadException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{model.File}: \"model.merges[{rank}]\" merges \"{left}\" and \"{right}\", but \"{word}\" is not in \"model.vocab\"."));
        }

        return merges;
    }

    private static (string Left, string Right) ReadMerge(JsonSection model, JsonElement item, int index)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"merges[{index}]");
        if (item.ValueKind == JsonValueKind.Array && item.GetArrayLength() == 2) return (model.Text(key, item[0]), model.Text(key, item[1]));
        if (item.ValueKind == JsonValueKind.String && model.Text(key, item).Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right])
            return (left, right);
        throw model.Wrong(key, item, "two tokens, as a pair or as a string with one space between them");
    }
}

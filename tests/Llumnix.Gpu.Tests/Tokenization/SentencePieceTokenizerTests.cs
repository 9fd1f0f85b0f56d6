using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;
using Llumnix.Gpu.Tokenization;
using Llumnix.Testing;

namespace Llumnix.Gpu.Tests.Tokenization;

public sealed class SentencePieceTokenizerTests : IDisposable
{
    private const string Characters = "▁abcd";

    private static readonly string[] Merged = ["ab", "▁a", "ba", "▁ab", "aba", "▁▁", "cd", "abcd", "aa", "▁aba"];

    private readonly TinyModelFolder _folder = new(TinyModelFolder.Config(ModelFamily.Llama) with { VocabularySize = 1000 });

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 30)]
    [InlineData(50, 120)]
    public void Text_is_merged_by_score_as_the_definition_says(int shortest, int longest)
    {
        var pieces = Pieces();
        var tokenizer = Load(pieces);
        var ids = pieces.Select((piece, id) => (piece.Text, id)).ToDictionary(entry => entry.Text, entry => entry.id);
        var scores = pieces.Where(piece => piece.Kind == 1).ToDictionary(piece => piece.Text, piece => piece.Score);

        Gen.Char["abcd  é"].Array[shortest, longest].Select(characters => new string(characters)).Sample(
            text =>
            {
                string marked = text.Length == 0 ? "" : ("▁" + text.Replace(' ', '▁'));
                var expected = ReferenceBpe.ByScores(marked.Select(character => character.ToString()), scores)
                    .SelectMany(symbol => ids.TryGetValue(symbol, out int id)
                        ? [id]
                        : Encoding.UTF8.GetBytes(symbol).Select(value => ids[$"<0x{value:X2}>"]));
                Assert.Equal([1, .. expected], tokenizer.Encode(text, addSpecialTokens: true));
            },
            iter: 300);
    }

    [Fact]
    public void Of_pairs_with_one_score_the_leftmost_goes_first()
    {
        var pieces = Pieces();
        var tokenizer = Load(pieces);

        Assert.Equal(["▁a", "aa"], tokenizer.Encode("aaa", false).Select(token => pieces[token].Text));
        Assert.Equal(["▁", "d", "aa", "a"], tokenizer.Encode("daaa", false).Select(token => pieces[token].Text));
    }

    [Fact]
    public void The_same_vocabulary_gives_the_same_ids_from_either_file()
    {
        var rules = Merged.SelectMany(piece => Enumerable.Range(1, piece.Length - 1)
            .Select(cut => (Left: piece[..cut], Right: piece[cut..]))
            .Where(pair => (pair.Left.Length == 1 || Merged.Contains(pair.Left)) && (pair.Right.Length == 1 || Merged.Contains(pair.Right))));
        var json = TokenizerFile.Load(TokenizerFile.SentencePiece(Characters, [.. rules]));
        var model = Load(Pieces());

        Gen.Char["abcd  éx😀"].Array[0, 40].Select(characters => new string(characters)).Sample(
            text => Assert.Equal(model.Encode(text, true), json.Encode(text, true)),
            iter: 500);
    }

    [Fact]
    public void Every_text_without_the_space_mark_and_special_tokens_comes_back_from_its_tokens()
    {
        var tokenizer = Load(Pieces());

        Gen.String.Where(text => !text.Contains('▁') && !text.Contains('<')).Sample(
            text => Assert.Equal(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)), tokenizer.Decode(tokenizer.Encode(text, true))),
            iter: 1000);
    }

    [Fact]
    public void The_space_in_front_goes_before_every_stretch_or_only_the_first_as_legacy_says()
    {
        var pieces = Pieces();

        Assert.Equal(["▁ab", "<s>", "▁", "c", "▁"], Texts(pieces, Load(pieces), "ab<s>c "));
        Assert.Equal(["▁ab", "<s>", "c", "▁"], Texts(pieces, Load(pieces, config => config["legacy"] = false), "ab<s>c "));
        Assert.Equal(["<s>", "c"], Texts(pieces, Load(pieces, config => config["legacy"] = false), "<s>c"));
    }

    [Fact]
    public void The_begin_token_is_put_in_front_unless_told_otherwise_and_the_end_token_only_if_told()
    {
        Assert.Equal([1], Load(Pieces()).Encode("", true));
        Assert.Equal([], Load(Pieces(), config => config["add_bos_token"] = false).Encode("", true));
        Assert.Equal([1, 2], Load(Pieces(), config => config["add_eos_token"] = true).Encode("", true));
    }

    [Fact]
    public void Control_pieces_are_special_and_byte_names_in_a_text_are_plain_text()
    {
        var tokenizer = Load(Pieces());

        Assert.Equal("ab", tokenizer.Decode([1, .. tokenizer.Encode("ab", true), 2]));
        Assert.Equal("<0x41>", tokenizer.Decode(tokenizer.Encode("<0x41>", true)));
        Assert.NotEqual([3 + 0x41], tokenizer.Encode("<0x41>", false)[1..]);
        Assert.Equal([0x41], tokenizer.TokenBytes(3 + 0x41).ToArray());
    }

    [Fact]
    public void Characters_without_a_token_are_one_unknown_token_where_there_are_no_byte_tokens()
    {
        var pieces = Pieces().Where(piece => piece.Kind != 6).ToList();
        var tokenizer = Load(pieces, byteFallback: false);

        Assert.Equal(["▁a", "<unk>", "b"], tokenizer.Encode("aéxb", false).Select(token => pieces[token].Text));
    }

    [Fact]
    public void Added_tokens_of_the_folder_belong_to_the_vocabulary()
    {
        _folder.Write("added_tokens.json", new JsonObject { ["<|pad|>"] = 900 });
        var tokenizer = Load(Pieces(), config => config["added_tokens_decoder"] = new JsonObject { ["901"] = TokenizerFile.Added(901, "<|x|>") });

        Assert.Equal([900, 901], tokenizer.Encode("<|pad|><|x|>", false));
        Assert.Equal(902, tokenizer.VocabularySize);
    }

    [Fact]
    public void Spaces_are_squeezed_and_no_mark_is_put_in_front_where_the_model_says_so()
    {
        var pieces = Pieces();
        var tokenizer = Load(pieces, squeezes: true, prefix: false);

        Assert.Equal(["ab", "▁a"], tokenizer.Encode("  ab   a ", false).Select(token => pieces[token].Text));
        Assert.Equal(" a", tokenizer.Decode(tokenizer.Encode("c a", false).AsSpan(1)));
    }

    [Fact]
    public void What_is_no_such_model_is_refused()
    {
        string path = _folder.File("tokenizer.model");
        byte[] good = Model(Pieces());
        File.Delete(_folder.File("tokenizer.json"));

        File.WriteAllBytes(path, []);
        Assert.Equal($"{path} cannot be read as a SentencePiece model: it has no pieces.", Refused());
        File.WriteAllBytes(path, good[..^3]);
        Assert.Contains("it ends in the middle of", Refused(), StringComparison.Ordinal);
        File.WriteAllBytes(path, Model(Pieces(), type: 1));
        Assert.Equal($"{path} is a SentencePiece model of type 1, which is not supported; supported is BPE (type 2).", Refused());
        File.WriteAllBytes(path, Model(Pieces(), characterMap: true));
        Assert.Equal($"{path} normalizes text by \"nmt_nfkc\", which is not supported; supported is \"identity\".", Refused());
    }

    [Fact]
    public void Whatever_is_done_to_the_file_it_loads_or_is_refused_with_a_sentence()
    {
        byte[] good = Model(Pieces());
        File.Delete(_folder.File("tokenizer.json"));
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).List[1, 3].Sample(
            changes =>
            {
                byte[] bad = [.. good];
                foreach (var (place, value) in changes) bad[place] = value;
                File.WriteAllBytes(_folder.File("tokenizer.model"), bad);
                try
                {
                    ModelFolder.Load(_folder.Path).Tokenizer.Encode("ab cd é", true);
                }
                catch (ModelLoadException error)
                {
                    Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
                }
            },
            iter: 500,
            threads: 1);
    }

    // Scores fall with the id, as trainers give them.
    private static List<(string Text, float Score, int Kind)> Pieces() =>
    [
        ("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3),
        .. Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, 6)),
        .. Characters.Select(character => (character.ToString(), -100f, 1)),
        .. Merged.Select((piece, rank) => (piece, -(float)rank, 1)),
    ];

    private static IEnumerable<string> Texts(List<(string Text, float Score, int Kind)> pieces, ITokenizer tokenizer, string text) =>
        tokenizer.Encode(text, addSpecialTokens: false).Select(token => pieces[token].Text);

    // The message of sentencepiece_model.proto, by hand: 1 pieces, 2 trainer_spec, 3 normalizer_spec.
    private static byte[] Model(
        List<(string Text, float Score, int Kind)> pieces, bool byteFallback = true, int type = 2, bool characterMap = false,
        bool squeezes = false, bool prefix = true)
    {
        var model = new MemoryStream();
        foreach (var (text, score, kind) in pieces)
        {
            var piece = new MemoryStream();
            WriteBytes(piece, 1, Encoding.UTF8.GetBytes(text));
            piece.WriteByte((2 << 3) | 5);
            piece.Write(BitConverter.GetBytes(score));
            if (kind != 1) WriteNumber(piece, 3, kind);
            WriteBytes(model, 1, piece.ToArray());
        }

        var trainer = new MemoryStream();
        WriteNumber(trainer, 3, type);
        if (byteFallback) WriteNumber(trainer, 35, 1);
        WriteBytes(model, 2, trainer.ToArray());

        var normalizer = new MemoryStream();
        WriteBytes(normalizer, 1, characterMap ? "nmt_nfkc"u8.ToArray() : "identity"u8.ToArray());
        if (characterMap) WriteBytes(normalizer, 2, new byte[200]);
        WriteNumber(normalizer, 3, prefix ? 1 : 0);
        WriteNumber(normalizer, 4, squeezes ? 1 : 0);
        WriteBytes(model, 3, normalizer.ToArray());
        return model.ToArray();

        static void WriteVarint(MemoryStream target, int value)
        {
            for (; value >= 0x80; value >>= 7) target.WriteByte((byte)(value | 0x80));
            target.WriteByte((byte)value);
        }

        static void WriteNumber(MemoryStream target, int field, int value)
        {
            WriteVarint(target, field << 3);
            WriteVarint(target, value);
        }

        static void WriteBytes(MemoryStream target, int field, byte[] bytes)
        {
            WriteVarint(target, (field << 3) | 2);
            WriteVarint(target, bytes.Length);
            target.Write(bytes);
        }
    }

    private ITokenizer Load(
        List<(string Text, float Score, int Kind)> pieces, Action<JsonObject>? configure = null, bool byteFallback = true,
        bool squeezes = false, bool prefix = true)
    {
        File.Delete(_folder.File("tokenizer.json"));
        File.Delete(_folder.File("generation_config.json"));
        File.WriteAllBytes(_folder.File("tokenizer.model"), Model(pieces, byteFallback, squeezes: squeezes, prefix: prefix));
        var config = new JsonObject { ["bos_token"] = "<s>", ["eos_token"] = "</s>" };
        configure?.Invoke(config);
        _folder.Write("tokenizer_config.json", config);
        return ModelFolder.Load(_folder.Path).Tokenizer;
    }

    private string Refused() => Assert.Throws<ModelLoadException>(() => ModelFolder.Load(_folder.Path)).Message;
}

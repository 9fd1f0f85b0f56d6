using System.Text.Json.Nodes;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;
using Llumnix.Testing;

namespace Llumnix.Gpu.Tests.Tokenization;

public sealed class TokenizerJsonTests
{
    [Theory]
    [InlineData("byte", "{\"model\":{\"type\":\"Unigram\"}}", "\"model.type\" is Unigram, which is not supported; supported is BPE.")]
    [InlineData("byte", "{\"model\":null}", "\"model\" is missing.")]
    [InlineData("byte", "{\"normalizer\":{\"type\":\"Lowercase\"}}", "\"normalizer\" has a part of type Lowercase, which is not supported")]
    [InlineData("byte", "{\"pre_tokenizer\":{\"type\":\"Whitespace\"}}", "\"pre_tokenizer\" has a part of type Whitespace, which is not supported")]
    [InlineData("byte", "{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a++\"},\"behavior\":\"Isolated\"}}", "pattern \"a++\" is not supported")]
    [InlineData("byte", "{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a\"},\"behavior\":\"Contiguous\"}}", "behavior Contiguous, which is not supported")]
    [InlineData("byte", "{\"decoder\":{\"type\":\"WordPiece\"}}", "\"decoder\" has a part {\"type\":\"WordPiece\"}, which is not supported")]
    [InlineData("byte", "{\"decoder\":{\"type\":\"Fuse\"}}", "\"decoder\" has a part of type Fuse, which does not fit the rest of the file, of byte-level style")]
    [InlineData("byte", "{\"decoder\":null,\"pre_tokenizer\":null}", "neither byte-level nor SentencePiece style is recognised")]
    [InlineData("byte", "{\"post_processor\":{\"type\":\"BertProcessing\"}}", "\"post_processor\" has a part of type BertProcessing, which is not supported")]
    [InlineData("byte", "{\"added_tokens\":[{\"content\":\"x\"}]}", "\"added_tokens[0].id\" is missing.")]
    [InlineData("byte", "{\"added_tokens\":[5]}", "\"added_tokens[0]\" is 5, but must be an object.")]
    [InlineData("sp", "{\"decoder\":{\"type\":\"ByteLevel\"}}", "\"decoder\" has a part of type ByteLevel, which does not fit the rest of the file, of SentencePiece style")]
    [InlineData("sp", "{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\"}}", "writes spaces as \"_\", which is not supported")]
    [InlineData("sp", "{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"prepend_scheme\":\"last\"}}", "prepend_scheme \"last\", which is not supported")]
    [InlineData("sp", "{\"decoder\":{\"type\":\"Strip\",\"content\":\" \",\"start\":2,\"stop\":0}}", "\"decoder\" has a part {\"type\":\"Strip\"")]
    public void A_part_that_cannot_be_honoured_is_refused_by_its_type(string style, string keys, string expected)
    {
        var file = style == "byte" ? TokenizerFile.ByteLevel(("a", "b")) : TokenizerFile.SentencePiece("▁ab", ("a", "b"));
        foreach (var (key, value) in JsonNode.Parse(keys)!.AsObject()) file[key] = value?.DeepClone();

        AssertRefused(file, expected);
    }

    [Theory]
    [InlineData("dropout", "0.1", "\"model.dropout\" is not 0")]
    [InlineData("continuing_subword_prefix", "\"##\"", "\"model.continuing_subword_prefix\" is \"##\", which is not supported")]
    [InlineData("unk_token", "\"<none>\"", "\"model.unk_token\" is \"<none>\", which is not in \"model.vocab\".")]
    [InlineData("merges", "[\"a b\",\"a q7\"]", "\"model.merges[1]\" merges \"a\" and \"q7\", but \"q7\" is not in \"model.vocab\".")]
    [InlineData("merges", "[\"a b\",\"b a\"]", "\"model.merges[1]\" merges \"b\" and \"a\", but \"ba\" is not in \"model.vocab\".")]
    [InlineData("merges", "[\"a b c\"]", "\"model.merges[0]\" is \"a b c\", but must be two tokens")]
    [InlineData("merges", "[[\"a\"]]", "\"model.merges[0]\" is [\"a\"], but must be two tokens")]
    [InlineData("vocab", "{\"a\":0,\"b\":1,\"ab\":2147483647}", "its token \"ab\" has id 2147483647; ids must be below 16777216.")]
    [InlineData("vocab", "{\"a\":-1}", "\"model.vocab.a\" is -1, but must be a token id.")]
    public void A_model_that_contradicts_itself_is_refused(string key, string value, string expected)
    {
        var file = TokenizerFile.ByteLevel(("a", "b"));
        file["model"]![key] = JsonNode.Parse(value);

        AssertRefused(file, expected);
    }

    [Fact]
    public void Metaspace_marks_every_stretch_the_first_only_or_none()
    {
        foreach (var (scheme, expected) in new[] { ("always", "▁a|<s>|▁a"), ("first", "▁a|<s>|a"), ("never", "a|<s>|a") })
        {
            var tokenizer = TokenizerFile.Load(Metaspace(scheme, split: false));
            Assert.Equal(expected, Names(tokenizer.Encode("a<s>a", false)));
        }
    }

    [Fact]
    public void Metaspace_does_not_mark_text_that_starts_with_a_space_and_cuts_at_spaces_where_it_says_so()
    {
        Assert.Equal("▁a|▁▁|▁a", Names(TokenizerFile.Load(Metaspace("first", split: false)).Encode(" a   a", false)));
        Assert.Equal("▁a|▁|▁|▁a", Names(TokenizerFile.Load(Metaspace("first", split: true)).Encode(" a   a", false)));
    }

    [Fact]
    public void Tokens_that_are_looked_for_in_normalized_text_are_found_as_normalizing_writes_them()
    {
        var file = TokenizerFile.SentencePiece("▁ab");
        var token = TokenizerFile.Added(400, "b a", special: false);
        token["normalized"] = true;
        file["added_tokens"]!.AsArray().Add(token);

        // Normalizing writes it "▁b▁a": it is found behind a space and not in the middle of a word.
        Assert.Equal("▁|a|400", Names(TokenizerFile.Load(file).Encode("a b a", false)));
        Assert.Equal("▁|a|b|▁|a", Names(TokenizerFile.Load(file).Encode("ab a", false)));
    }

    [Theory]
    [InlineData(null, null, new[] { 1, 262 })]
    [InlineData(false, null, new[] { 262 })]
    [InlineData(true, true, new[] { 1, 262, 2 })]
    public void What_the_configuration_says_of_begin_and_end_goes_before_the_template(bool? begin, bool? end, int[] expected)
    {
        using var folder = new TinyModelFolder(TinyModelFolder.Config(ModelFamily.Llama) with { VocabularySize = 1000 });
        var file = TokenizerFile.SentencePiece("▁ab", ("▁", "a"));
        folder.Write("tokenizer.json", file);
        var config = new JsonObject { ["bos_token"] = new JsonObject { ["content"] = "<s>" }, ["eos_token"] = "</s>" };
        if (begin is not null) config["add_bos_token"] = begin;
        if (end is not null) config["add_eos_token"] = end;
        folder.Write("tokenizer_config.json", config);

        Assert.Equal(expected, ModelFolder.Load(folder.Path).Tokenizer.Encode("a", addSpecialTokens: true));
    }

    private static JsonObject Metaspace(string scheme, bool split)
    {
        var file = TokenizerFile.SentencePiece("▁ab", ("▁", "a"), ("▁", "▁"));
        file["normalizer"] = null;
        file["pre_tokenizer"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = scheme, ["split"] = split };
        file["decoder"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = scheme, ["split"] = split };
        return file;
    }

    // The ids of TokenizerFile.SentencePiece("▁ab", ("▁", "a"), ("▁", "▁")).
    private static string Names(IEnumerable<int> tokens) => string.Join('|', tokens.Select(token => token switch
    {
        1 => "<s>",
        259 => "▁",
        260 => "a",
        261 => "b",
        262 => "▁a",
        263 => "▁▁",
        _ => $"{token}",
    }));

    private static void AssertRefused(JsonObject file, string expected)
    {
        var error = Assert.Throws<ModelLoadException>(() => TokenizerFile.Load(file));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }
}

using System.Text;
using System.Text.Json.Nodes;
using CsCheck;

namespace Llumnix.Gpu.Tests.Tokenization;

public sealed class ByteLevelTokenizerTests
{
    // Rules over three letters only, so that random words meet many of them, and overlapping ones.
    private static readonly (string Left, string Right)[] Rules =
        [("a", "b"), ("b", "a"), ("a", "a"), ("ab", "a"), ("c", "ab"), ("aa", "b"), ("ba", "ba"), ("ab", "ab"), ("cab", "cab"), ("Ġ", "a"), ("Ġa", "b")];

    private static readonly string[] Oddities =
        ["", " ", "  ", "\t\n", "é", "日本語", "😀👍🏽", "𠀀", "\uD800", "\uDC00x", "a\u0301", "<|end|>"];

    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.String,
        Gen.Int[0, Oddities.Length - 1].Select(index => Oddities[index])).List[0, 8].Select(parts => string.Concat(parts));

    [Theory]
    [InlineData(0, 30)]
    [InlineData(40, 120)]
    public void Words_are_merged_as_the_definition_says(int shortest, int longest)
    {
        var file = TokenizerFile.ByteLevel(Rules);
        var vocabulary = file["model"]!["vocab"]!.AsObject();
        var tokenizer = TokenizerFile.Load(file);

        Gen.Char["abc d"].Array[shortest, longest].Select(characters => new string(characters)).Sample(
            word =>
            {
                var expected = ReferenceBpe.ByRules(ReferenceBpe.Bytes(word), Rules).Select(symbol => vocabulary[symbol]!.GetValue<int>());
                Assert.Equal(expected, tokenizer.Encode(word, addSpecialTokens: false));
            },
            iter: 300);
    }

    [Fact]
    public void Merges_written_as_pairs_are_the_same_as_merges_written_as_strings()
    {
        var file = TokenizerFile.ByteLevel(Rules);
        int[] expected = TokenizerFile.Load(file).Encode("abcab aab", false);
        file["model"]!["merges"] = new JsonArray([.. Rules.Select(rule => new JsonArray(rule.Left, rule.Right))]);

        Assert.Equal(expected, TokenizerFile.Load(file).Encode("abcab aab", false));
    }

    [Fact]
    public void Every_text_comes_back_from_its_tokens_with_halves_of_surrogate_pairs_replaced()
    {
        var file = TokenizerFile.ByteLevel(Rules);
        file["pre_tokenizer"] = TokenizerFile.Sequence(
            "pretokenizers", TokenizerFile.Split(TokenizerFile.Llama3Pattern), TokenizerFile.ByteLevelPart());
        var tokenizer = TokenizerFile.Load(file);

        AnyText.Sample(
            text =>
            {
                string expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
                int[] tokens = tokenizer.Encode(text, addSpecialTokens: true);
                Assert.Equal(expected, tokenizer.Decode(tokens));
                Assert.Equal(Encoding.UTF8.GetBytes(text), tokens.SelectMany(token => tokenizer.TokenBytes(token).ToArray()));
            },
            iter: 2000);
    }

    [Theory]
    [InlineData("Hello world", "Hello| world")]
    [InlineData("I'll say: 'twas", "I|'ll| say|:| '|twas")]
    [InlineData("x=12345;", "x|=|123|45|;")]
    [InlineData("a  b   \n\n c ", "a| | b|   \n\n| c| ")]
    [InlineData("日本語 text", "日本語| text")]
    [InlineData("!𠀀𠀁x", "!𠀀𠀁x")]
    [InlineData("go😀😀go", "go|😀😀|go")]
    [InlineData("𝟏𝟐𝟑𝟒", "𝟏𝟐𝟑|𝟒")]
    [InlineData("DON'T", "DON|'T")]
    public void Llama_3s_pattern_cuts_words_as_it_reads_characters_beyond_the_basic_plane_included(string text, string words) =>
        AssertCuts(TokenizerFile.Split(TokenizerFile.Llama3Pattern), text, words);

    [Theory]
    [InlineData("x=12345;", "x|=|1|2|3|4|5|;")]
    [InlineData("it's  ok", "it|'s| | ok")]
    public void Qwens_pattern_cuts_numbers_digit_by_digit(string text, string words) =>
        AssertCuts(TokenizerFile.Split(TokenizerFile.Llama3Pattern.Replace("{1,3}", "", StringComparison.Ordinal)), text, words);

    [Theory]
    [InlineData("it's 123 ok!!", "it|'s| 123| ok|!!")]
    [InlineData("DON'T \n x", "DON|'|T| \n| x")]
    public void Gpt_2s_pattern_is_what_the_byte_level_part_cuts_by(string text, string words) =>
        AssertCuts(TokenizerFile.ByteLevelPart(pattern: true), text, words);

    [Fact]
    public void Digits_are_cut_off_singly_or_in_runs()
    {
        AssertCuts(new JsonObject { ["type"] = "Digits", ["individual_digits"] = true }, "a12b", "a|1|2|b");
        AssertCuts(new JsonObject { ["type"] = "Digits", ["individual_digits"] = false }, "a12b", "a|12|b");
    }

    [Fact]
    public void A_split_that_removes_keeps_the_gaps_and_inverted_the_matches()
    {
        var removes = TokenizerFile.Split("-+");
        removes["behavior"] = "Removed";
        AssertCuts(removes, "a--b", "a|b", lossless: false);
        removes["invert"] = true;
        AssertCuts(removes, "a--b", "--", lossless: false);
    }

    [Fact]
    public void A_prefix_space_is_put_before_text_that_has_none()
    {
        var file = TokenizerFile.ByteLevel(Rules);
        file["pre_tokenizer"] = TokenizerFile.ByteLevelPart(prefixSpace: true);
        var tokenizer = TokenizerFile.Load(file);

        Assert.Equal(tokenizer.Encode(" ab", false), tokenizer.Encode("ab", false));
        Assert.Equal(" ab", tokenizer.Decode(tokenizer.Encode("ab", false)));
    }

    [Fact]
    public void A_word_of_the_vocabulary_that_rules_do_not_lead_to_is_one_token_only_with_ignore_merges()
    {
        var file = TokenizerFile.ByteLevel(("a", "b"));
        file["model"]!["vocab"]![string.Concat(ReferenceBpe.Bytes("bé"))] = 400;
        Assert.Equal(3, TokenizerFile.Load(file).Encode("bé", false).Length);

        file["model"]!["ignore_merges"] = true;
        Assert.Equal([400], TokenizerFile.Load(file).Encode("bé", false));
    }

    [Fact]
    public void Special_tokens_in_a_text_are_one_token_each_and_the_text_around_them_is_cut_there()
    {
        var file = TokenizerFile.ByteLevel(("a", "b"));
        file["added_tokens"] = new JsonArray(TokenizerFile.Added(300, "<|end|>"), TokenizerFile.Added(301, "<|end|>!"), TokenizerFile.Added(302, "tool", special: false));
        var tokenizer = TokenizerFile.Load(file);

        Assert.Equal(['a', 300, 'b', 256, 301, 302, 's'], tokenizer.Encode("a<|end|>bab<|end|>!tools", addSpecialTokens: false));
        Assert.Equal("ababtools", tokenizer.Decode(tokenizer.Encode("a<|end|>bab<|end|>!tools", false)));
        Assert.Equal("a<|end|>bab<|end|>!tools", tokenizer.Decode(tokenizer.Encode("a<|end|>bab<|end|>!tools", false), skipSpecialTokens: false));
        Assert.True(tokenizer.TokenBytes(300).IsEmpty);
        Assert.Equal("tool"u8.ToArray(), tokenizer.TokenBytes(302).ToArray());
        Assert.Equal(303, tokenizer.VocabularySize);
    }

    [Theory]
    [InlineData("lstrip", "x  <t> y", "x|<t>| y")]
    [InlineData("rstrip", "x  <t> y", "x  |<t>|y")]
    [InlineData("single_word", "<t> at<t>a <t>", "<t>| at<t>a |<t>")]
    public void Added_tokens_take_white_space_along_or_stand_alone_as_they_say(string property, string text, string parts)
    {
        var file = TokenizerFile.ByteLevel();
        var token = TokenizerFile.Added(300, "<t>");
        token[property] = true;
        file["added_tokens"] = new JsonArray(token);
        var tokenizer = TokenizerFile.Load(file);
        var plain = TokenizerFile.Load(TokenizerFile.ByteLevel());

        var expected = parts.Split('|').SelectMany(part => part == "<t>" ? [300] : plain.Encode(part, false));

        Assert.Equal(expected, tokenizer.Encode(text, addSpecialTokens: false));
    }

    [Fact]
    public void What_the_template_puts_around_a_text_is_added_when_asked_for()
    {
        var file = TokenizerFile.ByteLevel();
        file["added_tokens"] = new JsonArray(TokenizerFile.Added(300, "<s>"), TokenizerFile.Added(301, "</s>"));
        file["post_processor"] = TokenizerFile.Sequence(
            "processors", TokenizerFile.ByteLevelPart(), TokenizerFile.Template(["<s>"], ["</s>"], new JsonObject { ["<s>"] = 300, ["</s>"] = 301 }));
        var tokenizer = TokenizerFile.Load(file);

        Assert.Equal([300, 'x', 301], tokenizer.Encode("x", addSpecialTokens: true));
        Assert.Equal(['x'], tokenizer.Encode("x", addSpecialTokens: false));
        Assert.Equal([300, 301], tokenizer.Encode("", addSpecialTokens: true));
    }

    [Fact]
    public void Text_is_composed_before_it_is_encoded_where_the_file_asks_for_form_c()
    {
        var file = TokenizerFile.ByteLevel();
        file["normalizer"] = new JsonObject { ["type"] = "NFC" };
        var tokenizer = TokenizerFile.Load(file);

        Assert.Equal("\u00e9 \uac00", tokenizer.Decode(tokenizer.Encode("e\u0301 \u1100\u1161", false)));
    }

    [Fact]
    public void Bytes_without_a_token_become_the_unknown_token_or_nothing()
    {
        var file = TokenizerFile.ByteLevel();
        file["model"]!["vocab"]!.AsObject().Remove("z");
        Assert.Equal(['a', 'b'], TokenizerFile.Load(file).Encode("azzb", false));

        file["model"]!["unk_token"] = "!";
        Assert.Equal(['a', '!', '!', 'b'], TokenizerFile.Load(file).Encode("azzb", false));

        file["model"]!["fuse_unk"] = true;
        Assert.Equal(['a', '!', 'b'], TokenizerFile.Load(file).Encode("azzb", false));
    }

    [Fact]
    public void Ids_outside_of_the_vocabulary_decode_to_nothing()
    {
        var tokenizer = TokenizerFile.Load(TokenizerFile.ByteLevel());

        Assert.Equal("ab", tokenizer.Decode(['a', -1, 256, int.MaxValue, int.MinValue, 'b']));
        Assert.True(tokenizer.TokenBytes(-1).IsEmpty && tokenizer.TokenBytes(256).IsEmpty);
    }

    [Fact]
    public void A_tokenizer_may_be_used_from_many_threads()
    {
        var file = TokenizerFile.ByteLevel(Rules);
        file["normalizer"] = new JsonObject { ["type"] = "NFC" };
        var tokenizer = TokenizerFile.Load(file);
        int[] expected = tokenizer.Encode("abcab é aab", false);

        Parallel.For(0, 200, _ => Assert.Equal(expected, tokenizer.Encode("abcab é aab", false)));
    }

    // With every word of the expectation in the vocabulary and taken whole, tokens show where the text was cut.
    private static void AssertCuts(JsonObject part, string text, string words, bool lossless = true)
    {
        string[] expected = words.Split('|');
        if (lossless) Assert.Equal(text, string.Concat(expected));
        var file = TokenizerFile.ByteLevel();
        file["pre_tokenizer"] = part["type"]!.GetValue<string>() == "ByteLevel"
            ? part.DeepClone()
            : TokenizerFile.Sequence("pretokenizers", part.DeepClone().AsObject(), TokenizerFile.ByteLevelPart());
        var vocabulary = file["model"]!["vocab"]!.AsObject();
        foreach (string word in expected) vocabulary.TryAdd(string.Concat(ReferenceBpe.Bytes(word)), vocabulary.Count);
        file["model"]!["ignore_merges"] = true;
        var tokenizer = TokenizerFile.Load(file);

        Assert.Equal(expected, tokenizer.Encode(text, false).Select(token => tokenizer.Decode([token])));
    }
}

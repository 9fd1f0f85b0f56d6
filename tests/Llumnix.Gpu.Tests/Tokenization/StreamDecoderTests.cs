using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Llumnix.Gpu.Tokenization;

namespace Llumnix.Gpu.Tests.Tokenization;

public sealed class StreamDecoderTests
{
    private static readonly BpeTokenizer ByteLevel = TokenizerFile.Load(WithSpecial(TokenizerFile.ByteLevel(("a", "b"), ("ã", "ģ"), ("Ġ", "ab"))));
    private static readonly BpeTokenizer SentencePiece = TokenizerFile.Load(TokenizerFile.SentencePiece("▁ab日", ("▁", "a"), ("▁", "▁"), ("▁▁", "日")));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_pieces_together_are_the_text_of_all_tokens_whatever_the_tokens(bool skipSpecialTokens)
    {
        foreach (var tokenizer in new[] { ByteLevel, SentencePiece })
        {
            Gen.Int[-1, tokenizer.VocabularySize].Array[0, 40].Sample(
                tokens =>
                {
                    var decoder = tokenizer.CreateStreamDecoder(skipSpecialTokens);
                    var text = new StringBuilder();
                    foreach (int token in tokens) text.Append(decoder.Append(token));
                    text.Append(decoder.Flush());
                    Assert.Equal(tokenizer.Decode(tokens, skipSpecialTokens), text.ToString());
                },
                iter: 3000);
        }
    }

    [Fact]
    public void A_character_is_held_back_until_its_last_byte_is_there()
    {
        var decoder = ByteLevel.CreateStreamDecoder();
        byte[] bytes = Encoding.UTF8.GetBytes("é😀!");

        Assert.Equal(["", "é", "", "", "", "😀", "!"], bytes.Select(value => decoder.Append(value)));
        Assert.Equal("", decoder.Flush());
    }

    [Fact]
    public void Bytes_that_make_no_character_are_replaced_as_soon_as_that_is_certain()
    {
        var decoder = ByteLevel.CreateStreamDecoder();

        Assert.Equal("", decoder.Append(0xE6));
        Assert.Equal("", decoder.Append(0x97));
        Assert.Equal("\uFFFDa", decoder.Append('a'));
        Assert.Equal("", decoder.Append(0xF0));
        Assert.Equal("\uFFFD", decoder.Flush());
    }

    [Fact]
    public void Only_the_first_word_of_a_text_loses_its_space_and_not_where_the_stream_continues_one()
    {
        int[] tokens = SentencePiece.Encode("a a", addSpecialTokens: true);

        Assert.Equal("a a", Text(SentencePiece.CreateStreamDecoder(), tokens));
        Assert.Equal(" a a", Text(SentencePiece.CreateStreamDecoder(continuesText: true), tokens));
        Assert.Equal("<s> a a", Text(SentencePiece.CreateStreamDecoder(skipSpecialTokens: false), tokens));
        Assert.Equal(" ab", Text(ByteLevel.CreateStreamDecoder(), ByteLevel.Encode(" ab", false)));
    }

    [Fact]
    public void Special_tokens_give_text_only_where_they_are_asked_for()
    {
        Assert.Equal("ab", Text(ByteLevel.CreateStreamDecoder(), ByteLevel.Encode("a<|end|>b", false)));
        Assert.Equal("a<|end|>b", Text(ByteLevel.CreateStreamDecoder(skipSpecialTokens: false), ByteLevel.Encode("a<|end|>b", false)));
    }

    [Fact]
    public void A_token_longer_than_most_is_decoded_whole()
    {
        var file = TokenizerFile.ByteLevel();
        file["model"]!["vocab"]![new string('x', 1000)] = 256;
        var tokenizer = TokenizerFile.Load(file);

        Assert.Equal(new string('x', 1000), tokenizer.CreateStreamDecoder().Append(256));
    }

    private static string Text(ITokenStreamDecoder decoder, IEnumerable<int> tokens) => string.Concat(tokens.Select(decoder.Append)) + decoder.Flush();

    private static JsonObject WithSpecial(JsonObject file)
    {
        file["added_tokens"]!.AsArray().Add(TokenizerFile.Added(300, "<|end|>"));
        return file;
    }
}

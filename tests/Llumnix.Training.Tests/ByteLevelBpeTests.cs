using CsCheck;
using Llumnix.Training.Corpus;
using Llumnix.Training.Tokenization;
using Microsoft.ML.Tokenizers;

namespace Llumnix.Training.Tests;

public sealed class ByteLevelBpeTests
{
    private static readonly Lazy<ByteLevelBpe> Trained = new(() =>
        BpeTrainer.Train(Enumerable.Range(0, 400).Select(i => StoryGrammar.Tell(Dice.For(11, i)).Text), 600));

    private static readonly string[] OddTexts =
    [
        "", " ", "   ", "\n", "\t\tx\r\n\r\n  y ", "don't they're I'll", "naïve café", "日本語のテキスト", "🦊🏮 fox & lantern 👩‍👩‍👧", "a\u0000b", "1234 5.67",
        "x  y   z", "trailing   ", "ÀÉÎ\u0301", "«guillemets» — dashes…", "\u00a0no-break\u3000space", "</ s> <|im_ start|>", "...?!", "ſtrange ǅ ǆ ﬁ",
    ];

    public static TheoryData<string> Odd => [.. OddTexts];

    [Theory]
    [MemberData(nameof(Odd))]
    public void Odd_text_comes_back_unchanged(string text) =>
        Assert.Equal(text, Trained.Value.Decode(Trained.Value.Encode(text)));

    [Fact]
    public void Any_text_comes_back_unchanged() =>
        Gen.String[Gen.OneOf(Gen.Char['\0', '\u02ff'], Gen.Char['\u3000', '\u9fff'], Gen.Char[" \n\t.'aeiou"]), 0, 40]
            .Sample(text => Trained.Value.Decode(Trained.Value.Encode(text)) == text, iter: 2000);

    [Fact]
    public void Markers_are_one_token_each_and_text_around_them_is_kept()
    {
        ByteLevelBpe bpe = Trained.Value;
        string text = SpecialTokens.TurnStart + "user\nHello" + SpecialTokens.TurnEnd + "\n" + SpecialTokens.Begin + SpecialTokens.End;
        List<int> ids = bpe.Encode(text);
        Assert.Equal(text, bpe.Decode(ids));
        Assert.Equal(
            SpecialTokens.All.Select(bpe.Id).Order(),
            ids.Where(id => id >= bpe.Tokens.Count).Order());
    }

    [Fact]
    public void Training_is_the_same_twice_and_gives_the_size_asked_for()
    {
        string[] texts = [.. Enumerable.Range(0, 50).Select(i => StoryGrammar.Tell(Dice.For(11, i)).Text)];
        ByteLevelBpe one = BpeTrainer.Train(texts, 400), two = BpeTrainer.Train(texts, 400);
        Assert.Equal(400, one.Size);
        Assert.Equal(one.Merges, two.Merges);
        Assert.Equal(one.Tokens, two.Tokens);
    }

    [Fact]
    public void The_tokenizer_file_reads_back_as_it_was()
    {
        string path = Path.GetTempFileName();
        try
        {
            TokenizerFile.Write(Trained.Value, path);
            ByteLevelBpe read = TokenizerFile.Read(path);
            Assert.Equal(Trained.Value.Tokens, read.Tokens);
            Assert.Equal(Trained.Value.Merges, read.Merges);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Microsofts_tokenizer_gives_the_same_ids()
    {
        BpeTokenizer theirs = Microsofts(Trained.Value);
        foreach (string text in OddTexts) Assert.Equal(Trained.Value.Encode(text), theirs.EncodeToIds(text));
        DocumentSource source = new(23);
        for (int i = 0; i < 300; i++) Assert.Equal(Trained.Value.Encode(source[i].Text), theirs.EncodeToIds(source[i].Text));
    }

    internal static BpeTokenizer Microsofts(ByteLevelBpe bpe)
    {
        Dictionary<string, int> special = SpecialTokens.All.ToDictionary(token => token, bpe.Id);
        return BpeTokenizer.Create(new BpeOptions(bpe.Tokens.Select(token => KeyValuePair.Create(token, bpe.Id(token))))
        {
            ByteLevel = true,
            Merges = bpe.Merges.Select(merge => $"{merge.Left} {merge.Right}"),
            SpecialTokens = special,
            PreTokenizer = new RegexPreTokenizer(Pretokens.Rule(), special),
        });
    }
}

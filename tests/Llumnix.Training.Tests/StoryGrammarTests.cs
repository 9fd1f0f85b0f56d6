using System.Text.RegularExpressions;
using Llumnix.Training.Corpus;

namespace Llumnix.Training.Tests;

/// <summary>What every story promises, whatever its plot.</summary>
public sealed partial class StoryGrammarTests
{
    private const int StoriesOfEachPlot = 40;

    public static TheoryData<string> PlotNames => [.. StoryGrammar.Plots.Select(plot => plot.Name)];

    [Fact]
    public void The_same_seed_and_index_give_the_same_document()
    {
        DocumentSource once = new(42), again = new(42), other = new(43);
        Assert.Equal(Enumerable.Range(0, 200).Select(i => once[i].Text), Enumerable.Range(0, 200).Select(i => again[i].Text));
        Assert.Empty(Enumerable.Range(0, 200).Select(i => once[i].Text).Where(text => text.Length > 400).Intersect(Enumerable.Range(0, 200).Select(i => other[i].Text)));
    }

    [Fact]
    public void The_dice_give_the_numbers_they_have_always_given()
    {
        Dice dice = new(1);
        Assert.Equal([0x910A2DEC89025CC1UL, 0xBEEB8DA1658EEC67UL], [dice.NextBits(), dice.NextBits()]);
    }

    [Fact]
    public void No_two_of_ten_thousand_stories_are_the_same()
    {
        List<string> texts = [.. Enumerable.Range(0, 10_000).Select(i => StoryGrammar.Tell(Dice.For(9, i)).Text)];
        Assert.True(texts.Distinct().Count() >= texts.Count - 1);
    }

    [Theory]
    [MemberData(nameof(PlotNames))]
    public void Sentences_are_whole_and_no_template_shows_through(string plot)
    {
        foreach (Story story in Tell(plot))
        {
            Assert.DoesNotMatch(@"[\[\]{}|]|  | [.,!?]|,,|\.\.", story.Text);
            Assert.Matches("^[A-Z\"]", story.Text);
            Assert.Matches("[.!?]\"?$", story.Text);
            Assert.True(story.Text.Count(c => c == '"') % 2 == 0, story.Text);
            Assert.DoesNotMatch(LowerAfterStop(), story.Text);
        }
    }

    [Theory]
    [MemberData(nameof(PlotNames))]
    public void Articles_agree_with_the_word_that_follows(string plot)
    {
        foreach (Story story in Tell(plot))
        {
            Assert.DoesNotMatch(@"\b[Aa] (?!unicorn|use|one\b)[aeiou]", story.Text);
            Assert.DoesNotMatch(@"\b[Aa]n (?!hour|honest)[^aeiouAEIOU]", story.Text);
        }
    }

    [Theory]
    [MemberData(nameof(PlotNames))]
    public void A_hero_of_one_gender_is_never_called_by_the_other_where_nobody_else_is_told_of(string plot)
    {
        foreach (Story story in Tell(plot))
        {
            Cast cast = story.Cast;
            if (new[] { cast.Friend, cast.Other }.Any(who => who.Gender != cast.Hero.Gender && story.Text.Contains(who.Name ?? who.Kind.Noun, StringComparison.OrdinalIgnoreCase))) continue;
            if (Kin().IsMatch(story.Text)) continue;
            Assert.DoesNotMatch(cast.Hero.Gender == Gender.Male ? @"\b[Ss]he\b|\b[Hh]ers?\b" : @"\b[Hh]e\b|\b[Hh]is\b|\b[Hh]im\b", story.Text);
        }
    }

    [Theory]
    [MemberData(nameof(PlotNames))]
    public void Stories_have_the_length_a_small_context_can_hold(string plot) =>
        Assert.All(Tell(plot), story => Assert.InRange(story.Text.Split(' ').Length, 40, 190));

    [Fact]
    public void Nobody_in_a_cast_shares_a_name_and_things_and_places_differ()
    {
        for (int i = 0; i < 2000; i++)
        {
            Cast cast = StoryGrammar.Tell(Dice.For(3, i)).Cast;
            Assert.Equal(3, new[] { cast.Hero.Mention, cast.Friend.Mention, cast.Other.Mention }.Distinct().Count());
            Assert.NotEqual(cast.Thing.Noun, cast.Gift.Noun);
            Assert.NotEqual(cast.Place, cast.Elsewhere);
        }
    }

    [Fact]
    public void The_helper_can_do_what_the_mishap_asks_for()
    {
        foreach (Story story in Tell("stuck thing"))
        {
            Obstacle obstacle = Assert.Single(Lexicon.Obstacles, each => story.Text.Contains(each.Mishap, StringComparison.Ordinal));
            Assert.Equal(obstacle.Skill, story.Cast.Friend.Kind.Skill);
        }
    }

    [Fact]
    public void A_chat_asks_for_what_the_story_then_tells()
    {
        DocumentSource source = new(5);
        int asked = 0;
        for (int i = 0; i < 2000; i++)
        {
            Match match = Request().Match(source[i].Text);
            if (!match.Success || StoryGrammar.Plots.Any(plot => match.Groups["subject"].Value == plot.Theme)) continue;
            asked++;
            Assert.Contains(match.Groups["noun"].Value, match.Groups["story"].Value, StringComparison.OrdinalIgnoreCase);
        }

        Assert.True(asked > 20);
    }

    [Fact]
    public void A_template_without_its_bracket_is_refused()
    {
        Scene scene = new(new Dice(1), StoryGrammar.Tell(new Dice(1)).Cast);
        Assert.Throws<FormatException>(() => scene.Say("[one|two"));
        Assert.Throws<FormatException>(() => scene.Say("one]"));
        Assert.Throws<KeyNotFoundException>(() => scene.Say("{nobody}"));
    }

    private static IEnumerable<Story> Tell(string plot) =>
        Enumerable.Range(0, StoriesOfEachPlot).Select(i => StoryGrammar.Tell(Dice.For(17, i), StoryGrammar.Plots.Single(each => each.Name == plot)));

    [GeneratedRegex(@"\. [a-z]")]
    private static partial Regex LowerAfterStop();

    [GeneratedRegex("mother|mom|aunt|father|dad|uncle|teacher|old woman|snowman|liar|the man|grand", RegexOptions.IgnoreCase)]
    private static partial Regex Kin();

    [GeneratedRegex(@"user\n[^\n]*story about (?<subject>an? (?<noun>[a-z]+))[.?]?<\|im_end\|>\n<\|im_start\|>assistant\n(?<story>[^<]*)")]
    private static partial Regex Request();
}

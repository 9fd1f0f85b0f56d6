using Llumnix.Training.Corpus.Plots;

namespace Llumnix.Training.Corpus;

/// <summary>Makes stories: draws a cast and a plot, and tells it.</summary>
public static class StoryGrammar
{
    public static IReadOnlyList<Plot> Plots { get; } = [.. LossPlots.All, .. FriendshipPlots.All, .. LearningPlots.All, .. WonderPlots.All, .. WorkPlots.All];

    public static Story Tell(Dice dice) => Tell(dice, dice.Pick(Plots));

    public static Story Tell(Dice dice, Plot plot)
    {
        Scene scene = new(dice, CastFor(dice));
        plot.Tell(scene);
        return new Story(scene.Text, plot, scene.Cast);
    }

    /// <summary>An animal with this skill who is nobody of the cast.</summary>
    public static Character Helper(Dice dice, Cast cast, string skill)
    {
        Creature[] able = [.. Lexicon.Animals.Where(animal => animal.Skill == skill && animal.Noun != cast.Hero.Kind.Noun)];
        return Animal(dice, dice.Pick(able), [cast.Hero.Mention, cast.Other.Mention, "the " + cast.Other.Kind.Noun]);
    }

    private static Cast CastFor(Dice dice)
    {
        List<string> taken = [];
        Character hero = Somebody(dice, taken);
        taken.AddRange([hero.Mention, "the " + hero.Kind.Noun]);
        Character friend = Somebody(dice, taken);
        taken.AddRange([friend.Mention, "the " + friend.Kind.Noun]);
        Character other = Animal(dice, AnimalNotIn(dice, taken), taken);
        Thing thing = SomeThing(dice);
        Thing gift = SomeThing(dice);
        while (gift.Noun == thing.Noun) gift = SomeThing(dice);
        Place place = dice.Pick(Lexicon.Places), elsewhere = dice.Pick(Lexicon.Places);
        while (elsewhere == place) elsewhere = dice.Pick(Lexicon.Places);
        return new Cast(hero, friend, other, thing, gift, place, elsewhere);
    }

    private static Character Somebody(Dice dice, List<string> taken)
    {
        int kind = dice.Next(100);
        if (kind < 45) return Child(dice, taken);
        if (kind < 85) return Animal(dice, AnimalNotIn(dice, taken), taken);
        Creature role = dice.Pick(Lexicon.People);
        while (taken.Contains("the " + role.Noun)) role = dice.Pick(Lexicon.People);
        Gender gender = role.Gender!.Value;
        string[] names = gender == Gender.Female ? Lexicon.GirlNames : Lexicon.BoyNames;
        return new Character(dice.Chance(0.5) ? FreeName(dice, names, taken) : null, role, gender, dice.Pick(Lexicon.Traits));
    }

    private static Character Child(Dice dice, List<string> taken)
    {
        bool girl = dice.Chance(0.5);
        Creature kind = (girl ? Lexicon.Girl : Lexicon.Boy) with { Home = dice.Pick(Lexicon.ChildHomes), Food = dice.Pick(Lexicon.ChildFoods) };
        return new Character(FreeName(dice, girl ? Lexicon.GirlNames : Lexicon.BoyNames, taken), kind, kind.Gender!.Value, dice.Pick(Lexicon.Traits));
    }

    private static Creature AnimalNotIn(Dice dice, List<string> taken)
    {
        Creature animal = dice.Pick(Lexicon.Animals);
        while (taken.Contains("the " + animal.Noun)) animal = dice.Pick(Lexicon.Animals);
        return animal;
    }

    private static Character Animal(Dice dice, Creature kind, IReadOnlyCollection<string> taken)
    {
        Gender gender = kind.Noun is "hen" or "cow" ? Gender.Female : dice.Chance(0.5) ? Gender.Female : Gender.Male;
        string? name = dice.Chance(0.55) ? FreeName(dice, Lexicon.PetNames, taken) : null;
        return new Character(name, kind, gender, dice.Pick(Lexicon.Traits));
    }

    /// <summary>One name in eight is made up, so that a model must copy names and cannot just know them.</summary>
    private static string FreeName(Dice dice, string[] names, IReadOnlyCollection<string> taken)
    {
        string name;
        do
        {
            name = dice.Chance(0.125) ? Invented(dice) : dice.Pick(names);
        }
        while (taken.Contains(name));
        return name;
    }

    internal static string Invented(Dice dice)
    {
        string name = dice.Pick(Lexicon.Syllables) + (dice.Chance(0.3) ? dice.Pick(Lexicon.Syllables) : "") + dice.Pick(Lexicon.Endings);
        return char.ToUpperInvariant(name[0]) + name[1..];
    }

    private static Thing SomeThing(Dice dice)
    {
        ThingKind kind = dice.Pick(Lexicon.Things);
        return new Thing(kind.Noun, dice.Pick(Lexicon.Looks), kind.Use, kind.Used, kind.Mending);
    }
}

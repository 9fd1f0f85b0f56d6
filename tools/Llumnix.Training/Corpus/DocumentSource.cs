using System.Text;
using Llumnix.Training.Tokenization;

namespace Llumnix.Training.Corpus;

/// <summary>
/// The documents a model is trained on: stories as plain text, and stories as answers in chats of the ChatML form. A document depends
/// on (seed, index) only, so that no two runs of one seed differ and any document can be made alone.
/// </summary>
public sealed class DocumentSource(ulong seed)
{
    private static readonly string[] Systems =
    [
        "You are a helpful assistant.",
        "You are a storyteller.",
        "You tell short stories for children.",
        "You are a friendly storyteller. Tell short and simple stories.",
    ];

    private static readonly string[] OpenRequests =
    [
        "Tell me a story.",
        "Tell me a short story.",
        "Please tell me a story.",
        "Can you tell me a story?",
        "Write a short story.",
        "I want to hear a story.",
        "Once more, please: a story!",
        "A bedtime story, please.",
        "tell me a story",
    ];

    private static readonly string[] Requests =
    [
        "Tell me a story about {0}.",
        "Tell me a short story about {0}.",
        "Please tell me a story about {0}.",
        "Can you tell me a story about {0}?",
        "Write a story about {0}.",
        "Write a short story about {0}.",
        "I want to hear a story about {0}.",
        "Do you know a story about {0}?",
        "A story about {0}, please.",
        "tell me a story about {0}",
        "Make up a story about {0}.",
    ];

    private static readonly string[] FollowUps =
    [
        "Another one, about {0}.",
        "Thank you! Now a story about {0}.",
        "Tell me another story about {0}.",
        "And now one about {0}, please.",
    ];

    private static readonly (string[] Said, string[] Answers)[] SmallTalk =
    [
        (["Hello!", "Hello", "Hi", "Hi!", "Hey", "Good morning!", "Good evening!"],
            ["Hello! Would you like to hear a story?", "Hello! I can tell you a story. What should it be about?"]),
        (["Who are you?", "What are you?", "What is your name?", "What can you do?"],
            ["I am a small model that tells short stories. Just ask me for one!", "I am a storyteller. Tell me who the story should be about."]),
        (["Thank you!", "Thanks", "Thank you very much.", "That was nice."],
            ["You are welcome! Would you like another story?", "I am glad you liked it. Shall I tell you another one?"]),
        (["How are you?", "How are you today?"],
            ["I am well, thank you. Would you like to hear a story?"]),
        (["Bye", "Goodbye!", "Good night!"],
            ["Goodbye! Come back when you want another story.", "Good night and sweet dreams!"]),
    ];

    public Document this[long index]
    {
        get
        {
            Dice dice = Dice.For(seed, index);
            int kind = dice.Next(100);
            if (kind < 55) return Plain(dice);
            if (kind < 87) return Chat(dice);
            return kind < 97 ? Echo(dice) : Talk(dice);
        }
    }

    private static Document Plain(Dice dice)
    {
        Story story = StoryGrammar.Tell(dice);
        // Some begin without the marker: not every caller adds it.
        string start = dice.Chance(0.9) ? SpecialTokens.Begin : "";
        return new Document(start + story.Text + SpecialTokens.End, story);
    }

    private static Document Chat(Dice dice)
    {
        StringBuilder text = Start(dice);
        Story story = StoryGrammar.Tell(dice);
        if (dice.Chance(0.1))
        {
            (string[] said, string[] answers) = SmallTalk[0];
            Turn(text, "user", dice.Pick(said));
            Turn(text, "assistant", dice.Pick(answers));
        }

        Turn(text, "user", dice.Chance(0.15) ? dice.Pick(OpenRequests) : Ask(dice, Requests, story));
        Turn(text, "assistant", story.Text);
        if (dice.Chance(0.15))
        {
            Story second = StoryGrammar.Tell(dice);
            Turn(text, "user", Ask(dice, FollowUps, second));
            Turn(text, "assistant", second.Text);
        }

        return new Document(text.ToString(), story);
    }

    /// <summary>Words to be said again: they teach to copy, which names and objects of a story need.</summary>
    private static Document Echo(Dice dice)
    {
        StringBuilder text = Start(dice);
        List<string> words = [];
        for (int count = 4 + dice.Next(16); count > 0; count--)
        {
            words.Add(dice.Next(6) switch
            {
                0 => dice.Pick(Lexicon.GirlNames),
                1 => dice.Pick(Lexicon.BoyNames),
                2 => dice.Pick(Lexicon.PetNames),
                3 => dice.Pick(Lexicon.Things).Noun,
                4 => dice.Pick(Lexicon.Animals).Noun,
                _ => StoryGrammar.Invented(dice),
            });
        }

        string said = string.Join(dice.Chance(0.5) ? ", " : " ", words);
        Turn(text, "user", dice.Pick(["Repeat after me: ", "Please say this: ", "Say: ", "Repeat: "]) + said);
        Turn(text, "assistant", said);
        if (dice.Chance(0.5))
        {
            Turn(text, "user", dice.Pick(["Once more, please.", "Again!", "Say it again."]));
            Turn(text, "assistant", said);
        }

        return new Document(text.ToString(), null);
    }

    private static Document Talk(Dice dice)
    {
        StringBuilder text = Start(dice);
        (string[] said, string[] answers) = dice.Pick(SmallTalk);
        Turn(text, "user", dice.Pick(said));
        Turn(text, "assistant", dice.Pick(answers));
        return new Document(text.ToString(), null);
    }

    private static StringBuilder Start(Dice dice)
    {
        StringBuilder text = new(dice.Chance(0.3) ? SpecialTokens.Begin : "");
        if (dice.Chance(0.25)) Turn(text, "system", dice.Pick(Systems));
        return text;
    }

    private static void Turn(StringBuilder text, string role, string content) =>
        text.Append(SpecialTokens.TurnStart).Append(role).Append('\n').Append(content).Append(SpecialTokens.TurnEnd).Append('\n');

    private static string Ask(Dice dice, string[] forms, Story story) => dice.Pick(forms).Replace("{0}", Subject(dice, story), StringComparison.Ordinal);

    /// <summary>Something the story really has in it.</summary>
    private static string Subject(Dice dice, Story story)
    {
        Cast cast = story.Cast;
        bool thing = Has(story, cast.Thing.Noun), gift = Has(story, cast.Gift.Noun), friend = Has(story, cast.Friend.Mention);
        string hero = Who(dice, cast.Hero, Has(story, cast.Hero.Kind.Noun));
        return dice.Next(10) switch
        {
            0 => story.Plot.Theme,
            1 when Has(story, cast.Place.Noun) => hero + " " + cast.Place.At,
            2 or 3 when friend => hero + " and " + Who(dice, cast.Friend, Has(story, cast.Friend.Kind.Noun)),
            4 or 5 or 6 when thing => hero + " and " + A(cast.Thing.Noun),
            7 when gift => hero + " and " + A(cast.Gift.Noun),
            8 when thing => A(cast.Thing.Noun),
            _ => hero,
        };
    }

    private static bool Has(Story story, string words) => story.Text.Contains(words, StringComparison.OrdinalIgnoreCase);

    private static string Who(Dice dice, Character who, bool kindIsTold)
    {
        if (who.Name is null) return A(who.Kind.Noun);
        if (!kindIsTold) return who.Name;
        return dice.Next(3) switch
        {
            0 => who.Name,
            1 => A(who.Kind.Noun) + " named " + who.Name,
            _ => A(who.Kind.Noun),
        };
    }

    private static string A(string noun) => ("aeiou".Contains(noun[0]) && noun != "unicorn" ? "an " : "a ") + noun;
}

using System.Text;

namespace Llumnix.Training.Corpus;

/// <summary>
/// One story while it is told: who and what is in it, and the text so far. A template may hold <c>[this|that]</c>, one of which is
/// taken, and <c>{key}</c>, which stands for a word of the cast, of <see cref="Set"/> or a synonym drawn anew; a capital first letter
/// of the key makes a capital. Every mention goes through the same keys, which is what keeps names, pronouns and objects consistent.
/// </summary>
public sealed class Scene
{
    private readonly Dictionary<string, string> _words = new(StringComparer.Ordinal);
    private readonly StringBuilder _text = new();

    public Scene(Dice dice, Cast cast)
    {
        Dice = dice;
        Cast = cast;
        Introduce("", cast.Hero);
        Introduce("f", cast.Friend);
        Introduce("o", cast.Other);
        Place("thing", cast.Thing);
        Place("gift", cast.Gift);
        Set("place", cast.Place.Noun);
        Set("at", cast.Place.At);
        Set("place2", cast.Elsewhere.Noun);
        Set("at2", cast.Elsewhere.At);
        bool mother = dice.Chance(0.6);
        Set("parent", mother ? dice.Pick(["mother", "mom", "grandmother", "aunt"]) : dice.Pick(["father", "dad", "grandfather", "uncle"]));
        Set("phe", mother ? "she" : "he");
        Set("phim", mother ? "her" : "him");
        Set("phis", mother ? "her" : "his");
    }

    public Dice Dice { get; }

    public Cast Cast { get; private set; }

    public string Text => Punctuation.Tidy(_text.ToString());

    /// <summary>Gives the friend's part to somebody else; do it before the friend is first mentioned.</summary>
    public void CastFriend(Character friend)
    {
        Cast = Cast with { Friend = friend };
        Introduce("f", friend);
    }

    /// <summary>Binds a key for the rest of the story; choices in the template are made once, now.</summary>
    public void Set(string key, string template) => _words[key] = Expand(template);

    public void Say(string template) => _text.Append(Expand(template)).Append(' ');

    /// <summary>Tells one of several versions.</summary>
    public void SayOne(params string[] templates) => Say(Dice.Pick(templates));

    public void Maybe(double probability, string template)
    {
        if (Dice.Chance(probability)) Say(template);
    }

    public string Expand(string template)
    {
        StringBuilder output = new();
        int end = Expand(template, 0, output);
        return end == template.Length
            ? output.ToString()
            : throw new FormatException($"The template has a ']' without its '[' at character {end}: {template}");
    }

    private void Introduce(string prefix, Character who)
    {
        string role = prefix switch { "f" => "friend", "o" => "other", _ => "hero" };
        Set(role, who.Mention);
        Set(prefix + "call", who.Name ?? who.Kind.Noun);
        Set(prefix + "intro", who.Introduction);
        Set(prefix + "kind", who.Kind.Noun);
        Set(prefix + "he", who.He);
        Set(prefix + "him", who.Him);
        Set(prefix + "his", who.His);
        Set(prefix + "himself", who.Him + "self");
        Set(prefix + "home", who.Kind.Home);
        Set(prefix + "food", who.Kind.Food);
        Set(prefix + "trait", who.Trait);
    }

    private void Place(string key, Thing thing)
    {
        Set(key, thing.Noun);
        Set("a " + key, $"a {thing.Adjective} {thing.Noun}");
        Set("adj " + key, $"{thing.Adjective} {thing.Noun}");
        Set(key + " use", thing.Use);
        Set(key + " used", thing.Used);
        Set(key + " mending", thing.Mending);
    }

    private int Expand(string template, int at, StringBuilder output)
    {
        while (at < template.Length)
        {
            char c = template[at];
            switch (c)
            {
                case '{':
                    int close = template.IndexOf('}', at);
                    if (close < 0) throw new FormatException($"The template has a '{{' without its '}}': {template}");
                    output.Append(Word(template[(at + 1)..close]));
                    at = close + 1;
                    break;
                case '[':
                    at = Choose(template, at + 1, output);
                    break;
                case ']' or '|':
                    return at;
                default:
                    output.Append(c);
                    at++;
                    break;
            }
        }

        return at;
    }

    private int Choose(string template, int at, StringBuilder output)
    {
        List<(int Start, int End)> choices = [];
        int depth = 0, start = at;
        for (; ; at++)
        {
            if (at == template.Length) throw new FormatException($"The template has a '[' without its ']': {template}");
            char c = template[at];
            if (c == '[') depth++;
            if (depth == 0 && c is '|' or ']' && depth == 0)
            {
                choices.Add((start, at));
                start = at + 1;
                if (c == ']') break;
            }
            else if (c == ']') depth--;
        }

        (int from, int to) = Dice.Pick(choices);
        output.Append(Expand(template[from..to]));
        return at + 1;
    }

    private string Word(string key)
    {
        if (_words.TryGetValue(key, out string? word)) return word;
        if (Lexicon.Synonyms.TryGetValue(key, out string[]? synonyms)) return Expand(Dice.Pick(synonyms));
        string lower = char.ToLowerInvariant(key[0]) + key[1..];
        if (lower == key) throw new KeyNotFoundException($"No word is bound to '{{{key}}}' in this story.");
        word = Word(lower);
        return word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..];
    }
}

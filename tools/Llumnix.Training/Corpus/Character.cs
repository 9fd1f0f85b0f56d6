namespace Llumnix.Training.Corpus;

/// <summary>Somebody in a story. <see cref="Name"/> is null for one who is only called by kind ("the fox").</summary>
public sealed record Character(string? Name, Creature Kind, Gender Gender, string Trait)
{
    public string Mention => Name ?? "the " + Kind.Noun;

    public string Introduction => Name is null ? $"a {Trait} {Kind.Noun}" : $"a {Trait} {Kind.Noun} named {Name}";

    public string He => Gender == Gender.Male ? "he" : "she";

    public string Him => Gender == Gender.Male ? "him" : "her";

    public string His => Gender == Gender.Male ? "his" : "her";
}

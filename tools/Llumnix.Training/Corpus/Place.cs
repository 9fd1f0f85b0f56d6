namespace Llumnix.Training.Corpus;

/// <summary>A place with its preposition: "the forest" and "in the forest".</summary>
public sealed record Place(string Noun, string Preposition)
{
    public string At => Preposition + " " + Noun;
}

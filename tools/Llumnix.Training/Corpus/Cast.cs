namespace Llumnix.Training.Corpus;

/// <summary>Who, what and where of one story. Characters never share a name, and things and places differ.</summary>
public sealed record Cast(Character Hero, Character Friend, Character Other, Thing Thing, Thing Gift, Place Place, Place Elsewhere);

namespace Llumnix.Training.Corpus;

/// <summary>A kind of object with what it is for and what mends it.</summary>
public sealed record ThingKind(string Noun, string Mending, string Use, string Used);

namespace Llumnix.Training.Corpus;

/// <summary>A kind of character: what it is called, where it lives, what it likes to eat and what it is good at.</summary>
public sealed record Creature(string Noun, string Home, string Food, string Skill, bool Animal, Gender? Gender = null);

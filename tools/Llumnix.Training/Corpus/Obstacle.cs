namespace Llumnix.Training.Corpus;

/// <summary>How a thing gets out of reach, which skill gets it back and how that looks.</summary>
public sealed record Obstacle(string Mishap, string Where, string Why, string Skill, string Rescue);

namespace Llumnix.Training.Corpus;

/// <summary>An object that matters in a story. Use and Used are one phrase in two tenses: "fly it high", "flew it high".</summary>
public sealed record Thing(string Noun, string Adjective, string Use, string Used, string Mending);

namespace Llumnix.Training.Corpus;

/// <summary>One training document: text that may hold special markers, as the tokenizer knows them.</summary>
public sealed record Document(string Text, Story? Story);

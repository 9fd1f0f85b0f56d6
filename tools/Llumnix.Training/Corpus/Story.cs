namespace Llumnix.Training.Corpus;

/// <summary>A finished story with what a request for it could name.</summary>
public sealed record Story(string Text, Plot Plot, Cast Cast);

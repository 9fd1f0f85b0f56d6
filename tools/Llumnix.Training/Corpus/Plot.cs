namespace Llumnix.Training.Corpus;

/// <summary>A way a story can go. The theme says what it is about, as somebody would ask for it: "a story about sharing".</summary>
public sealed record Plot(string Name, string Theme, Action<Scene> Tell);

namespace Llumnix.Actors.Serialization;

/// <summary>What stands for an actor reference in a control message: its path with its node's address.</summary>
internal sealed record ActorRefSurrogate(string Path);

namespace Llumnix.Actors.KvStreams;

/// <summary>Where a node takes KV streams in.</summary>
/// <param name="Process">Drawn when the node started: a source in the same process copies memory instead of connecting.</param>
/// <param name="Host">The address other nodes connect to.</param>
/// <param name="Port">Its port.</param>
public sealed record KvEndpoint(ulong Process, string Host, int Port);

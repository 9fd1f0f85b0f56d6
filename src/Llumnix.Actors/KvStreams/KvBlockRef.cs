using Llumnix.Scheduling;

namespace Llumnix.Actors.KvStreams;

/// <summary>A block to send: its place in the request's block table, and where it lies on the source.</summary>
public readonly record struct KvBlockRef(int Index, BlockId Block);

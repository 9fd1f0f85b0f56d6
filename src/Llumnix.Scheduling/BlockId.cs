namespace Llumnix.Scheduling;

/// <summary>The number of a block in one instance's KV memory, from 0.</summary>
public readonly record struct BlockId(int Index);

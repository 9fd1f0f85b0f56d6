namespace Llumnix.Gpu.Execution;

/// <summary>One query whose spans were computed apart.</summary>
/// <param name="ResultRow">Row that the result goes to.</param>
/// <param name="Spans">Spans.</param>
/// <param name="Partial">Where their states are, <c>[spans, query heads, state]</c>, in floats.</param>
internal readonly record struct AttentionJoin(int ResultRow, int Spans, long Partial);

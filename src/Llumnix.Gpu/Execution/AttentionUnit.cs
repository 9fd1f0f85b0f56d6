namespace Llumnix.Gpu.Execution;

/// <summary>A piece of a step's attention that one thread does: some queries of one request, for some key heads and spans.</summary>
/// <param name="BlockOffset">Where the request's block table starts in the plan's blocks.</param>
/// <param name="QueryRow">Row of the first query in the step.</param>
/// <param name="ResultRow">Row that the first query's result goes to.</param>
/// <param name="Position">Position of the first query.</param>
/// <param name="Count">Queries, at consecutive positions.</param>
/// <param name="FirstHead">The first key head.</param>
/// <param name="Heads">Key heads.</param>
/// <param name="FirstSpan">The first span.</param>
/// <param name="Spans">Spans.</param>
/// <param name="Partial">Where each span's state is kept for joining, in floats; -1 where the unit has all spans and joins them itself.</param>
internal readonly record struct AttentionUnit(
    int BlockOffset, int QueryRow, int ResultRow, int Position, int Count, int FirstHead, int Heads, int FirstSpan, int Spans, long Partial);

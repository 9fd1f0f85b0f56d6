namespace Llumnix.Scheduling.Batching;

/// <summary>An instance's blocks counted from their owners' side, to be held against what the allocator counts.</summary>
/// <param name="Total">All blocks.</param>
/// <param name="Free">Those the allocator can give out.</param>
/// <param name="OfRequests">Blocks in at least one request's table.</param>
/// <param name="Reserved">Blocks held for requests to come.</param>
/// <param name="Pinned">Blocks held because they are read.</param>
/// <param name="Problems">A sentence for each block whose owners and references differ, or that has owners who must not share it.</param>
public sealed record BlockAudit(int Total, int Free, int OfRequests, int Reserved, int Pinned, IReadOnlyList<string> Problems);

namespace Llumnix.Scheduling.Batching;

/// <summary>
/// One request's share of a step: the KV of positions [<paramref name="Start"/>, <paramref name="Start"/> + <paramref name="Count"/>)
/// is computed and written into its blocks. Its block table is <paramref name="BlockCount"/> entries of
/// <see cref="BatchPlan.Blocks"/> from <paramref name="BlockOffset"/>, enough for every position up to the last one computed.
/// </summary>
/// <param name="Id">The request.</param>
/// <param name="Start">The first position computed; the KV of all earlier positions stands in its blocks.</param>
/// <param name="Count">How many positions are computed, at least 1.</param>
/// <param name="Samples">Whether the last position is the request's last known token, so that the next token is sampled.</param>
/// <param name="BlockOffset">Where its block table starts in <see cref="BatchPlan.Blocks"/>.</param>
/// <param name="BlockCount">How many blocks its table has.</param>
public readonly record struct BatchItem(RequestId Id, int Start, int Count, bool Samples, int BlockOffset, int BlockCount);

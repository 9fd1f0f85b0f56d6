using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Delivery;

/// <summary>
/// The entity's side of one request's token delivery: from frames that may be lost, doubled and reordered, and from placements that do
/// not know they are superseded, it takes every token exactly once and in order. One epoch is accepted at a time: that of the current
/// placement, until the one a migration was granted speaks for the first time and takes its place.
/// </summary>
/// <param name="Epoch">The placement whose tokens are accepted.</param>
/// <param name="NextIndex">The output index awaited; all before it are delivered.</param>
/// <param name="Finish">Why the request ended; None while it goes on.</param>
/// <param name="Granted">The epoch granted to a migration's destination, newer than <paramref name="Epoch"/>; null where none is.</param>
public readonly record struct InboundTokens(
    Epoch Epoch, int NextIndex = 0, FinishReason Finish = FinishReason.None, Epoch? Granted = null)
{
    /// <summary>Judges <paramref name="count"/> tokens from output index <paramref name="firstIndex"/> on.</summary>
    /// <param name="epoch">The placement that speaks.</param>
    /// <param name="firstIndex">The index of the first of them, or of the next token where there are none.</param>
    /// <param name="count">How many there are, 0 or more.</param>
    /// <param name="finish">Why the request ends after them; None if it goes on.</param>
    public InboundReceipt Receive(Epoch epoch, int firstIndex, int count, FinishReason finish)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstIndex);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        bool relocates = epoch == Granted;
        if (epoch != Epoch && !relocates) return Drop(epoch < Epoch ? InboundVerdict.Stale : InboundVerdict.Foreign);

        var current = relocates ? this with { Epoch = epoch, Granted = null } : this;
        if (Finish != FinishReason.None) return new InboundReceipt(InboundVerdict.Known, current, count, 0);
        if (firstIndex > NextIndex) return new InboundReceipt(InboundVerdict.Gap, current, 0, 0);

        int skip = Math.Min(NextIndex - firstIndex, count);
        int fresh = count - skip;

        // A frame that ends before what is known cannot tell of the end: it is an old one.
        bool ends = finish != FinishReason.None && firstIndex + count >= NextIndex;
        if (fresh == 0 && !ends) return new InboundReceipt(InboundVerdict.Known, current, skip, 0);

        current = current with { NextIndex = NextIndex + fresh, Finish = ends ? finish : FinishReason.None };
        return new InboundReceipt(InboundVerdict.New, current, skip, fresh);
    }

    private InboundReceipt Drop(InboundVerdict verdict) => new(verdict, this, 0, 0);
}

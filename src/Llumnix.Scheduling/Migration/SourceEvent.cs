namespace Llumnix.Scheduling.Migration;

/// <summary>What happens to a migration, from its source's view.</summary>
public abstract record SourceEvent
{
    private SourceEvent()
    {
    }

    /// <summary>The entity lets the request move; the destination will speak with <paramref name="Granted"/>.</summary>
    public sealed record MoveGranted(Epoch Granted) : SourceEvent;

    /// <summary>The entity does not let it move.</summary>
    public sealed record MoveDenied : SourceEvent
    {
        public static MoveDenied Instance { get; } = new();
    }

    /// <summary>The destination holds <paramref name="Blocks"/> blocks for the request: the answer to a reservation or an extension.</summary>
    public sealed record BlocksReserved(int Blocks) : SourceEvent;

    /// <summary>The destination does not take it, or no longer.</summary>
    public sealed record ReservationRefused(string Reason) : SourceEvent;

    /// <summary>The stage under way is in place at the destination and checked.</summary>
    /// <param name="FullBlocks">Blocks of the request that are full of computed positions, and will not change, now.</param>
    /// <param name="Blocks">All its blocks with computed positions now.</param>
    public sealed record StageCopied(int FullBlocks, int Blocks) : SourceEvent;

    /// <summary>The stage under way failed.</summary>
    public sealed record StageFailed(string Reason) : SourceEvent;

    /// <summary>The request has left the batch, with <paramref name="Blocks"/> blocks that have computed positions.</summary>
    public sealed record TakenOut(int Blocks) : SourceEvent;

    /// <summary>The destination runs the request.</summary>
    public sealed record Committed : SourceEvent
    {
        public static Committed Instance { get; } = new();
    }

    /// <summary>The destination knows nothing (any more) of this migration and will not run the request by it.</summary>
    public sealed record CommitUnknown : SourceEvent
    {
        public static CommitUnknown Instance { get; } = new();
    }

    /// <summary>The destination is dead or suspected.</summary>
    public sealed record DestinationLost : SourceEvent
    {
        public static DestinationLost Instance { get; } = new();
    }

    /// <summary>The request finished here, was preempted here, or the entity ended this placement.</summary>
    /// <param name="Reason">Which, for the record.</param>
    /// <param name="BlocksHeld">Whether the request still holds its blocks here (a preempted one waits without them).</param>
    public sealed record RequestLeft(string Reason, bool BlocksHeld) : SourceEvent;

    /// <summary>Another gateway asks for the request: it will not move by the grant of an entity that may be gone.</summary>
    public sealed record TakenOver : SourceEvent
    {
        public static TakenOver Instance { get; } = new();
    }

    /// <summary>The entity decided: the request goes on here in a new epoch.</summary>
    public sealed record PlacedHere(Epoch Epoch) : SourceEvent;

    /// <summary>The entity decided: the request is elsewhere.</summary>
    public sealed record PlacedElsewhere : SourceEvent
    {
        public static PlacedElsewhere Instance { get; } = new();
    }

    /// <summary>Time to repeat what was not answered.</summary>
    public sealed record Retry : SourceEvent
    {
        public static Retry Instance { get; } = new();
    }
}

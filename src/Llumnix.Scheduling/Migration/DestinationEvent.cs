namespace Llumnix.Scheduling.Migration;

/// <summary>What happens to a migration, from its destination's view.</summary>
public abstract record DestinationEvent
{
    private DestinationEvent()
    {
    }

    /// <summary>The source asks for (or repeats that it wants) <paramref name="Blocks"/> blocks in all.</summary>
    public sealed record Reserve(int Blocks) : DestinationEvent;

    /// <summary>The blocks asked for last were allocated, or could not be.</summary>
    public sealed record Allocated(bool Succeeded) : DestinationEvent;

    /// <summary>The source commits; the request has <paramref name="Blocks"/> blocks.</summary>
    public sealed record Commit(int Blocks) : DestinationEvent;

    /// <summary>The first <paramref name="Blocks"/> blocks are in place and checked.</summary>
    public sealed record Arrived(int Blocks) : DestinationEvent;

    /// <summary>The source gave up, is silent for too long, or is lost; or the entity voided the grant.</summary>
    public sealed record Void(string Reason) : DestinationEvent;
}

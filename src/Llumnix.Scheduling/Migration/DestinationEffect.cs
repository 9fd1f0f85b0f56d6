namespace Llumnix.Scheduling.Migration;

/// <summary>What a migration's destination is to do.</summary>
public abstract record DestinationEffect
{
    private DestinationEffect()
    {
    }

    /// <summary>Allocate <paramref name="Blocks"/> more blocks; answered by <see cref="DestinationEvent.Allocated"/>.</summary>
    public sealed record Allocate(int Blocks) : DestinationEffect;

    /// <summary>Tell the source that <paramref name="Blocks"/> blocks are held.</summary>
    public sealed record AnswerReserved(int Blocks) : DestinationEffect;

    /// <summary>Tell the source that the blocks cannot be had.</summary>
    public sealed record AnswerRefused(string Reason) : DestinationEffect;

    /// <summary>
    /// Take the request into the very next step: <paramref name="Blocks"/> of the reserved blocks have its computed positions. Where
    /// there are none, it waits like a new one.
    /// </summary>
    public sealed record Join(int Blocks) : DestinationEffect;

    /// <summary>Tell the source that the request runs here.</summary>
    public sealed record AnswerCommitted : DestinationEffect;

    /// <summary>Tell the source that the request will not run here by this migration.</summary>
    public sealed record AnswerUnknown : DestinationEffect;

    /// <summary>Close the stream and free the reserved blocks.</summary>
    public sealed record Release : DestinationEffect;
}

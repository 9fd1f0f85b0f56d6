namespace Llumnix.Scheduling.Migration;

/// <summary>What a migration's source is to do.</summary>
public abstract record SourceEffect
{
    private SourceEffect()
    {
    }

    /// <summary>Ask the entity whether the request may move.</summary>
    public sealed record AskEntity : SourceEffect;

    /// <summary>Ask the destination to hold <paramref name="Blocks"/> blocks in all for the request.</summary>
    public sealed record Reserve(Epoch Granted, int Blocks) : SourceEffect;

    /// <summary>Copy blocks [<paramref name="From"/>, <paramref name="To"/>) of the request's table.</summary>
    public sealed record Copy(int From, int To) : SourceEffect;

    /// <summary>Take the request out of the batch at the next step boundary.</summary>
    public sealed record TakeOut : SourceEffect;

    /// <summary>Send the commit, which names the request's <paramref name="Blocks"/> blocks and carries its state.</summary>
    public sealed record SendCommit(Epoch Granted, int Blocks) : SourceEffect;

    /// <summary>Tell the destination to give its reservation up.</summary>
    public sealed record AbortDestination : SourceEffect;

    /// <summary>Tell the entity that the move is off and the request goes on here.</summary>
    public sealed record TellAborted(Epoch Granted) : SourceEffect;

    /// <summary>Ask the entity to decide where the request is.</summary>
    public sealed record AskDecision(Epoch Granted) : SourceEffect;

    /// <summary>Put the request back into the batch.</summary>
    public sealed record PutBack : SourceEffect;

    /// <summary>Put the request back into the batch, with its blocks, in the new epoch.</summary>
    public sealed record Resume(Epoch Epoch) : SourceEffect;

    /// <summary>Free the request's blocks; keep a note where it went, if it <paramref name="Moved"/>.</summary>
    public sealed record Release(bool Moved) : SourceEffect;

    /// <summary>The migration is over.</summary>
    public sealed record Finish(MigrationOutcome Outcome, string Reason) : SourceEffect;
}

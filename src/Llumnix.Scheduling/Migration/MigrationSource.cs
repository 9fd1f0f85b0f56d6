namespace Llumnix.Scheduling.Migration;

/// <summary>
/// The source's side of one migration: pure, the instance hands in what happens and performs the effects. Until it sends the commit it
/// may abort alone and the request goes on here; after that it never resumes alone: the destination's answer or the entity's decision
/// ends it.
/// </summary>
/// <remarks>
/// <code>
/// event              | in                   | leads to         | effects
/// -------------------+----------------------+------------------+-----------------------------------------------------------
/// (start)            |                      | Asking           | AskEntity
/// MoveGranted        | Asking               | Reserving        | Reserve
///                    | Ended                | Ended            | TellAborted (the grant came too late)
/// MoveDenied         | Asking               | Ended: Aborted   | none
/// BlocksReserved     | Reserving            | Copying          | Copy (live, with full blocks)
///                    |                      | Stopping         | TakeOut (otherwise)
///                    | Extending            | Copying          | Copy
///                    | ExtendingStopped     | Committing       | Copy, SendCommit
/// ReservationRefused | before Committing    | Ended: Aborted   | TellAborted, PutBack if stopped
/// StageCopied        | Copying              | Copying          | Copy of what became full meanwhile
///                    | ... too large        | Extending        | Reserve
///                    | ... little is left,  |                  |
///                    |     or max-stages    | Stopping         | TakeOut
/// StageFailed        | Copying              | Ended: Aborted   | AbortDestination, TellAborted
///                    | Committing           | Deciding         | AskDecision
/// TakenOut           | Stopping             | Committing       | Copy of the rest, SendCommit
///                    | ... too large        | ExtendingStopped | Reserve
/// Committed          | Committing, Deciding | Ended: Moved     | Release, with a note
/// CommitUnknown      | Committing           | Deciding         | AskDecision
/// DestinationLost    | before Committing    | Ended: Aborted   | TellAborted, PutBack if stopped
///                    | Committing           | Deciding         | AskDecision
/// RequestLeft        | before Ended         | Ended: Overtaken | AbortDestination, TellAborted if granted, Release if it held blocks
/// TakenOver          | before Committing    | Ended: Aborted   | AbortDestination, TellAborted, PutBack if stopped
/// PlacedHere         | Committing, Deciding | Ended: Reverted  | AbortDestination, Resume
/// PlacedElsewhere    | before Ended         | Ended: Overtaken | AbortDestination, Release
/// Retry              | Asking, Reserving, Extending, ExtendingStopped, Committing, Deciding: repeats what was not answered; after
///                    | max-tries: Committing -> Deciding, Deciding goes on asking, the others -> Ended: Aborted as above
/// anything else      |                      | same             | none
/// </code>
/// </remarks>
public sealed record MigrationSource
{
    private static readonly SourceEffect[] Nothing = [];

    private MigrationSource()
    {
    }

    public required MigrationOptions Options { get; init; }

    public required MigrationMethod Method { get; init; }

    public SourcePhase Phase { get; private init; }

    /// <summary>The epoch the destination will speak with; null before the entity granted it.</summary>
    public Epoch? Granted { get; private init; }

    /// <summary>Blocks of the request that are in place at the destination.</summary>
    public int Sent { get; private init; }

    /// <summary>Blocks the destination holds.</summary>
    public int Reserved { get; private init; }

    /// <summary>Copy rounds begun, the last one included.</summary>
    public int Stages { get; private init; }

    /// <summary>How it ended; null while it goes on.</summary>
    public MigrationOutcome? Outcome { get; private init; }

    /// <summary>Whether the request is out of the batch for this migration.</summary>
    public bool Stopped => Phase is SourcePhase.ExtendingStopped or SourcePhase.Committing or SourcePhase.Deciding;

    private int FullBlocks { get; init; }

    private int Blocks { get; init; }

    private int Sending { get; init; }

    private int Tries { get; init; }

    /// <summary>Begins to move a request.</summary>
    /// <param name="options">The limits.</param>
    /// <param name="method">How.</param>
    /// <param name="fullBlocks">Its blocks that are full of computed positions; 0 for one that waits.</param>
    /// <param name="blocks">All its blocks with computed positions; 0 for one that waits, which moves without KV.</param>
    public static SourceTransition Start(MigrationOptions options, MigrationMethod method, int fullBlocks, int blocks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fullBlocks);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fullBlocks, blocks);
        var state = new MigrationSource { Options = options, Method = method, FullBlocks = fullBlocks, Blocks = blocks };
        return new SourceTransition(state, [new SourceEffect.AskEntity()]);
    }

    /// <summary>The state after <paramref name="happened"/>, and what to do.</summary>
    public SourceTransition Handle(SourceEvent happened) => happened switch
    {
        SourceEvent.MoveGranted e => OnGranted(e.Granted),
        SourceEvent.MoveDenied when Phase == SourcePhase.Asking => End(MigrationOutcome.Aborted, "the entity did not let it move"),
        SourceEvent.BlocksReserved e => OnReserved(e.Blocks),
        SourceEvent.ReservationRefused e when Phase < SourcePhase.Committing && Granted is not null => Abort(e.Reason, tellDestination: false),
        SourceEvent.StageCopied e => OnStageCopied(e),
        SourceEvent.StageFailed e when Phase == SourcePhase.Copying => Abort(e.Reason, tellDestination: true),
        SourceEvent.StageFailed when Phase == SourcePhase.Committing => Decide(),
        SourceEvent.TakenOut e when Phase == SourcePhase.Stopping => OnTakenOut(e.Blocks),
        SourceEvent.Committed when Phase is SourcePhase.Committing or SourcePhase.Deciding =>
            End(MigrationOutcome.Moved, "", new SourceEffect.Release(Moved: true)),
        SourceEvent.CommitUnknown when Phase == SourcePhase.Committing => Decide(),
        SourceEvent.DestinationLost when Phase == SourcePhase.Committing => Decide(),
        SourceEvent.DestinationLost when Phase < SourcePhase.Committing => Abort("the destination was lost", tellDestination: false),
        SourceEvent.RequestLeft e when Phase != SourcePhase.Ended => OnRequestLeft(e),
        SourceEvent.TakenOver when Phase < SourcePhase.Committing => Abort("another gateway takes the request over", tellDestination: true),
        SourceEvent.PlacedHere e when Phase is SourcePhase.Committing or SourcePhase.Deciding => End(
            MigrationOutcome.Reverted,
            "the commit's fate was unknown",
            new SourceEffect.AbortDestination(),
            new SourceEffect.Resume(e.Epoch)),
        SourceEvent.PlacedElsewhere when Phase != SourcePhase.Ended => End(
            MigrationOutcome.Overtaken,
            "the entity placed it elsewhere",
            new SourceEffect.AbortDestination(),
            new SourceEffect.Release(Moved: false)),
        SourceEvent.Retry => OnRetry(),
        _ => Stay(),
    };

    private static SourceTransition Go(MigrationSource state, params SourceEffect[] effects) => new(state, effects);

    private SourceTransition Stay() => new(this, Nothing);

    private SourceTransition OnGranted(Epoch granted)
    {
        if (Phase == SourcePhase.Ended && Granted is null) return Go(this with { Granted = granted }, new SourceEffect.TellAborted(granted));
        if (Phase != SourcePhase.Asking) return Stay();
        var state = this with { Phase = SourcePhase.Reserving, Granted = granted, Tries = 0 };
        return Go(state, state.Reservation());
    }

    /// <summary>With room to grow while it is copied; at least the block of the token that the destination computes next.</summary>
    private SourceEffect.Reserve Reservation() =>
        new(Granted!.Value, Method == MigrationMethod.Recompute || Blocks == 0 ? 0 : Blocks + Options.GrowthBlocks);

    private bool Fits(int blocks) => blocks < Reserved;

    private SourceTransition OnReserved(int reserved)
    {
        var state = this with { Reserved = Math.Max(Reserved, reserved), Tries = 0 };
        switch (Phase)
        {
            case SourcePhase.Reserving when Method == MigrationMethod.Live && FullBlocks - Sent > 0:
            case SourcePhase.Extending when state.Fits(Blocks):
                return state.CopyStage();
            case SourcePhase.Reserving:
                return Go(state with { Phase = SourcePhase.Stopping }, new SourceEffect.TakeOut());
            case SourcePhase.ExtendingStopped when state.Fits(Blocks):
                return state.Commit();
            default:
                return Stay();
        }
    }

    private SourceTransition OnStageCopied(SourceEvent.StageCopied copied)
    {
        if (Phase == SourcePhase.Committing) return Go(this with { Sent = Sending });
        if (Phase != SourcePhase.Copying) return Stay();

        var state = this with { Sent = Sending, FullBlocks = copied.FullBlocks, Blocks = copied.Blocks };
        bool last = state.Blocks - state.Sent <= Options.LastStageBlocks || Stages + 1 >= Options.MaxStages || state.FullBlocks == state.Sent;
        if (last) return Go(state with { Phase = SourcePhase.Stopping }, new SourceEffect.TakeOut());
        if (Fits(state.Blocks)) return state.CopyStage();

        state = state with { Phase = SourcePhase.Extending, Tries = 0 };
        return Go(state, state.Reservation());
    }

    private SourceTransition CopyStage() => Go(
        this with { Phase = SourcePhase.Copying, Stages = Stages + 1, Sending = FullBlocks },
        new SourceEffect.Copy(Sent, FullBlocks));

    private SourceTransition OnTakenOut(int blocks)
    {
        var state = this with { Blocks = blocks };
        if (Method == MigrationMethod.Recompute || blocks == 0 || Fits(blocks)) return state.Commit();

        state = state with { Phase = SourcePhase.ExtendingStopped, Tries = 0 };
        return Go(state, state.Reservation());
    }

    private SourceTransition Commit()
    {
        int blocks = Method == MigrationMethod.Recompute ? 0 : Blocks;
        var state = this with { Phase = SourcePhase.Committing, Stages = blocks > Sent ? Stages + 1 : Stages, Sending = blocks, Blocks = blocks, Tries = 0 };
        var commit = new SourceEffect.SendCommit(Granted!.Value, blocks);
        return blocks > Sent ? Go(state, new SourceEffect.Copy(Sent, blocks), commit) : Go(state, commit);
    }

    private SourceTransition Decide() =>
        Go(this with { Phase = SourcePhase.Deciding, Tries = 0 }, new SourceEffect.AskDecision(Granted!.Value));

    private SourceTransition OnRequestLeft(SourceEvent.RequestLeft left)
    {
        var effects = new List<SourceEffect>();
        if (Granted is { } granted)
        {
            effects.Add(new SourceEffect.AbortDestination());
            effects.Add(new SourceEffect.TellAborted(granted));
        }

        if (left.BlocksHeld) effects.Add(new SourceEffect.Release(Moved: false));
        return End(MigrationOutcome.Overtaken, left.Reason, [.. effects]);
    }

    private SourceTransition OnRetry()
    {
        if (Phase is SourcePhase.Copying or SourcePhase.Stopping or SourcePhase.Ended) return Stay();

        var state = this with { Tries = Tries + 1 };
        if (state.Tries > Options.MaxTries)
        {
            if (Phase == SourcePhase.Committing) return Decide();
            if (Phase < SourcePhase.Committing) return Abort($"no answer in the phase {Phase}", tellDestination: true);
        }

        return Phase switch
        {
            SourcePhase.Asking => Go(state, new SourceEffect.AskEntity()),
            SourcePhase.Committing => Go(state, new SourceEffect.SendCommit(Granted!.Value, Blocks)),
            SourcePhase.Deciding => Go(state, new SourceEffect.AskDecision(Granted!.Value)),
            _ => Go(state, state.Reservation()),
        };
    }

    private SourceTransition Abort(string reason, bool tellDestination)
    {
        var effects = new List<SourceEffect>();
        if (Granted is { } granted)
        {
            if (tellDestination) effects.Add(new SourceEffect.AbortDestination());
            effects.Add(new SourceEffect.TellAborted(granted));
        }

        // The shell takes a pending take-out back as well.
        if (Stopped || Phase == SourcePhase.Stopping) effects.Add(new SourceEffect.PutBack());
        return End(MigrationOutcome.Aborted, reason, [.. effects]);
    }

    private SourceTransition End(MigrationOutcome outcome, string reason, params SourceEffect[] effects) => Go(
        this with { Phase = SourcePhase.Ended, Outcome = outcome },
        [.. effects, new SourceEffect.Finish(outcome, reason)]);
}

namespace Llumnix.Scheduling.Migration;

/// <summary>
/// The destination's side of one migration: pure, the instance hands in what happens and performs the effects. Its outcome, once
/// Committed or Released, never changes: it is kept for <c>resume-window</c> and answers every repeated commit alike.
/// </summary>
/// <remarks>
/// <code>
/// event     | in                 | leads to  | effects
/// ----------+--------------------+-----------+-----------------------------------------------------------------
/// Reserve   | Reserved, Awaiting | same      | Allocate what is missing; AnswerReserved where nothing is
///           | Released           | Released  | AnswerRefused
/// Allocated | Reserved, Awaiting | same      | AnswerReserved
///           | ... not            | Released  | AnswerRefused, Release
/// Commit    | Reserved, Awaiting | Committed | Join, AnswerCommitted, if all blocks it names are in place
///           | ... not yet        | Awaiting  | none
///           | Committed          | Committed | AnswerCommitted
///           | Released           | Released  | AnswerUnknown
/// Arrived   | Awaiting           | Committed | Join, AnswerCommitted, if these were the last
/// Void      | Reserved, Awaiting | Released  | Release
/// </code>
/// </remarks>
public sealed record MigrationDestination
{
    private static readonly DestinationEffect[] Nothing = [];

    private MigrationDestination()
    {
    }

    public DestinationPhase Phase { get; private init; }

    /// <summary>Blocks held.</summary>
    public int Held { get; private init; }

    private int Wanted { get; init; }

    private int ArrivedBlocks { get; init; }

    private int Committing { get; init; }

    /// <summary>A migration of which nothing was heard yet.</summary>
    public static MigrationDestination New { get; } = new();

    /// <summary>One whose reservation is not known (any more): it never commits.</summary>
    public static MigrationDestination Unknown { get; } = new() { Phase = DestinationPhase.Released };

    /// <summary>The state after <paramref name="happened"/>, and what to do.</summary>
    public DestinationTransition Handle(DestinationEvent happened) => Phase switch
    {
        DestinationPhase.Reserved or DestinationPhase.Awaiting => happened switch
        {
            DestinationEvent.Reserve e when e.Blocks > Held => Go(this with { Wanted = e.Blocks }, new DestinationEffect.Allocate(e.Blocks - Held)),
            DestinationEvent.Reserve => Go(this, new DestinationEffect.AnswerReserved(Held)),
            DestinationEvent.Allocated { Succeeded: true } => Go(this with { Held = Wanted }, new DestinationEffect.AnswerReserved(Wanted)),
            DestinationEvent.Allocated => Go(
                this with { Phase = DestinationPhase.Released },
                new DestinationEffect.AnswerRefused($"the destination has no {Wanted} free blocks"),
                new DestinationEffect.Release()),
            DestinationEvent.Commit e when e.Blocks <= ArrivedBlocks => Join(e.Blocks),
            DestinationEvent.Commit e => Go(this with { Phase = DestinationPhase.Awaiting, Committing = e.Blocks }),
            DestinationEvent.Arrived e when Phase == DestinationPhase.Awaiting && e.Blocks >= Committing => Join(Committing),
            DestinationEvent.Arrived e => Go(this with { ArrivedBlocks = Math.Max(ArrivedBlocks, e.Blocks) }),
            DestinationEvent.Void => Go(this with { Phase = DestinationPhase.Released }, new DestinationEffect.Release()),
            _ => Go(this),
        },
        DestinationPhase.Committed => happened is DestinationEvent.Commit ? Go(this, new DestinationEffect.AnswerCommitted()) : Go(this),
        _ => happened switch
        {
            DestinationEvent.Commit => Go(this, new DestinationEffect.AnswerUnknown()),
            DestinationEvent.Reserve => Go(this, new DestinationEffect.AnswerRefused("the destination has given this migration up")),
            _ => Go(this),
        },
    };

    private static DestinationTransition Go(MigrationDestination state, params DestinationEffect[] effects) =>
        new(state, effects.Length == 0 ? Nothing : effects);

    private DestinationTransition Join(int blocks) => Go(
        this with { Phase = DestinationPhase.Committed },
        new DestinationEffect.Join(blocks),
        new DestinationEffect.AnswerCommitted());
}

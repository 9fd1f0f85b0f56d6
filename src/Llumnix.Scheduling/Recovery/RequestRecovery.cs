using System.Collections.Immutable;
using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Recovery;

/// <summary>
/// How a gateway takes over a request whose gateway is gone: it asks every instance for it, and goes on in the next incarnation with the
/// sequence that one of them has, or generates it again. Pure: the entity hands in what happens and performs the effects.
/// </summary>
/// <remarks>
/// <para>
/// All instances that are not suspected are awaited, so that the new incarnation is newer than every one they have seen. Of several
/// sequences an ended one is best, then the one in the newest epoch: one that stands still after an undecided move is older than the one
/// its destination has, if it has it. The tokens are the same wherever they are from: they follow from prompt, parameters and index.
/// </para>
/// <code>
/// event        | in                          | leads to | effects
/// -------------+-----------------------------+----------+----------------------------------------------------
/// (start)      |                             | Asking   | Ask each
///              | ... all are suspected       | Decided  | GenerateAgain
/// Holds        | Asking, awaited             | Asking   | none
/// HoldsNot     |   ... the last one awaited  | Decided  | Adopt, or GenerateAgain where nobody has the sequence
/// MovedOn      | Asking, to one not asked    | Asking   | Ask it
///              | Asking, to another          | as HoldsNot
/// Differs      | Asking                      | Decided  | Refuse
/// InstanceLost | Asking                      | as HoldsNot; what it answered before is void
/// Retry        | Asking                      | Asking   | Ask those that are awaited
///              | ... the last try            | Decided  | Adopt or GenerateAgain, without them
/// Cancel       | Asking                      | Decided  | Adopt or GenerateAgain, as far as is known, to be stopped there
/// anything     | Decided                     | Decided  | none
/// </code>
/// </remarks>
public sealed record RequestRecovery
{
    private const int DefaultTries = 6;
    private static readonly RecoveryEffect[] Nothing = [];

    private RequestRecovery()
    {
    }

    public RecoveryPhase Phase { get; private init; }

    /// <summary>The uid of this gateway's node.</summary>
    public int Gateway { get; private init; }

    /// <summary>The instances there are, and what they answered.</summary>
    public ImmutableArray<AskedInstance> Instances { get; private init; } = [];

    /// <summary>How often in all an instance is asked before nobody waits for it.</summary>
    public int MaxTries { get; private init; }

    /// <summary>Whether <see cref="RecoveryEvent.Retry"/> would do something.</summary>
    public bool NeedsRetry => Phase == RecoveryPhase.Asking;

    private int Tries { get; init; }

    /// <summary>Begins to take a request over.</summary>
    /// <param name="gateway">The uid of this gateway's node.</param>
    /// <param name="instances">All instances that can have it.</param>
    /// <param name="suspected">Those of them that nothing was heard of lately: they are not asked.</param>
    /// <param name="maxTries">How often in all an instance is asked before nobody waits for it.</param>
    public static RecoveryTransition Start(
        int gateway, IEnumerable<InstanceId> instances, IReadOnlyCollection<InstanceId> suspected, int maxTries = DefaultTries)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTries, 1);
        var state = new RequestRecovery
        {
            Gateway = gateway,
            MaxTries = maxTries,
            Tries = 1,
            Instances = [.. instances.Select(instance => new AskedInstance(instance)
            {
                Settled = suspected.Contains(instance),
                Lost = suspected.Contains(instance),
            })],
        };
        return state.AskAwaited();
    }

    /// <summary>The state after <paramref name="happened"/>, and what to do.</summary>
    public RecoveryTransition Handle(RecoveryEvent happened)
    {
        if (Phase == RecoveryPhase.Decided) return new RecoveryTransition(this, Nothing);

        return happened switch
        {
            RecoveryEvent.Holds e => Note(e.Instance, asked => asked with
            {
                Newest = e.Epoch,
                Has = true,
                Tokens = e.Tokens,
                Finish = e.Finish,
            }),
            RecoveryEvent.HoldsNot e => Note(e.Instance, asked => asked with { Newest = e.Newest }),
            RecoveryEvent.MovedOn e => OnMovedOn(e),
            RecoveryEvent.Differs => new RecoveryTransition(this with { Phase = RecoveryPhase.Decided }, [new RecoveryEffect.Refuse()]),
            RecoveryEvent.InstanceLost e => OnLost(e),
            RecoveryEvent.Retry => Tries >= MaxTries ? Decide() : (this with { Tries = Tries + 1 }).AskAwaited(),
            RecoveryEvent.Cancel => Decide(),
            _ => throw new ArgumentException($"{happened.GetType().Name} is not an event of a recovery.", nameof(happened)),
        };
    }

    private RecoveryTransition AskAwaited()
    {
        RecoveryEffect[] asks = [.. Instances.Where(asked => !asked.Settled).Select(asked => new RecoveryEffect.Ask(asked.Instance))];
        return asks.Length == 0 ? Decide() : new RecoveryTransition(this, asks);
    }

    private RecoveryTransition Note(InstanceId instance, Func<AskedInstance, AskedInstance> answer)
    {
        var state = this with
        {
            Instances = [.. Instances.Select(asked => asked.Instance == instance && !asked.Settled ? answer(asked) with { Settled = true } : asked)],
        };
        return state.Instances.All(asked => asked.Settled) ? state.Decide() : new RecoveryTransition(state, Nothing);
    }

    private RecoveryTransition OnMovedOn(RecoveryEvent.MovedOn moved)
    {
        if (Instances.Any(asked => asked.Instance == moved.To)) return Note(moved.Instance, asked => asked with { Newest = moved.Epoch });

        var state = this with { Instances = Instances.Add(new AskedInstance(moved.To)) };
        return new RecoveryTransition(
            state.Note(moved.Instance, asked => asked with { Newest = moved.Epoch }).State, [new RecoveryEffect.Ask(moved.To)]);
    }

    private RecoveryTransition OnLost(RecoveryEvent.InstanceLost lost)
    {
        var state = this with
        {
            Instances = lost.Dead
                ? Instances.RemoveAll(asked => asked.Instance == lost.Instance)
                : [.. Instances.Select(asked => asked.Instance == lost.Instance ? asked with { Settled = true, Lost = true, Has = false } : asked)],
        };
        return state.Instances.All(asked => asked.Settled) ? state.Decide() : new RecoveryTransition(state, Nothing);
    }

    private RecoveryTransition Decide()
    {
        var newest = Epoch.First;
        AskedInstance? best = null;
        foreach (var asked in Instances)
        {
            if (asked.Newest > newest) newest = asked.Newest;
            if (asked.Has && (best is not { } other || IsBetter(asked, other))) best = asked;
        }

        var epoch = newest.NextIncarnation(Gateway);
        // Newer than every placement of the incarnations before, and older than every one of this: the request may come there yet.
        var fence = epoch with { Placement = 0 };
        ImmutableArray<PendingStop> others =
        [
            .. Instances.Where(asked => asked.Instance != best?.Instance).Select(asked => new PendingStop(asked.Instance, fence, asked.Lost || !asked.Settled)),
        ];
        RecoveryEffect effect = best is { } at
            ? new RecoveryEffect.Adopt(at.Instance, epoch, at.Tokens, at.Finish, others)
            : new RecoveryEffect.GenerateAgain(epoch, others);
        return new RecoveryTransition(this with { Phase = RecoveryPhase.Decided }, [effect]);
    }

    private static bool IsBetter(AskedInstance one, AskedInstance other)
    {
        bool ended = one.Finish != FinishReason.None;
        return ended == (other.Finish != FinishReason.None) ? one.Newest > other.Newest : ended;
    }
}

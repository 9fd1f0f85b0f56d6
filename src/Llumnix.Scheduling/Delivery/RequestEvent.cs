using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Delivery;

/// <summary>What happens to a request, from its entity's view.</summary>
public abstract record RequestEvent
{
    private RequestEvent()
    {
    }

    /// <summary>The request begins.</summary>
    public sealed record Begin : RequestEvent
    {
        public static Begin Instance { get; } = new();
    }

    /// <summary>The dispatcher names an instance.</summary>
    public sealed record Placed(InstanceId Instance) : RequestEvent;

    /// <summary>The dispatcher has no instance to name.</summary>
    /// <param name="Kind">What it means if it stays so.</param>
    /// <param name="Sentence">Why, for a person.</param>
    /// <param name="Final">Whether asking again is useless, for example for a model nobody serves.</param>
    public sealed record NotPlaced(FailureKind Kind, string Sentence, bool Final = false) : RequestEvent;

    /// <summary>An instance has the request in this epoch.</summary>
    public sealed record Accepted(InstanceId Instance, Epoch Epoch) : RequestEvent;

    /// <summary>An instance does not take the request in this epoch.</summary>
    public sealed record Refused(InstanceId Instance, Epoch Epoch, PlacementRefusal Reason, string Sentence) : RequestEvent;

    /// <summary>An instance does not have, or no longer has, the request in this epoch.</summary>
    public sealed record NotHere(InstanceId Instance, Epoch Epoch) : RequestEvent;

    /// <summary>The request was here in this epoch and was moved on, as its entity allowed: its tokens come from the other instance now.</summary>
    /// <param name="Instance">Who says so.</param>
    /// <param name="Epoch">The placement it had there.</param>
    /// <param name="To">Where it went.</param>
    /// <param name="Moved">The placement it has there.</param>
    public sealed record MovedOn(InstanceId Instance, Epoch Epoch, InstanceId To, Epoch Moved) : RequestEvent;

    /// <summary>Tokens arrive. The caller keeps them; <see cref="RequestEffect.Deliver"/> says which of them are new.</summary>
    /// <param name="Instance">Who speaks.</param>
    /// <param name="Epoch">In which placement.</param>
    /// <param name="FirstIndex">The output index of the first, or of the next token where there are none.</param>
    /// <param name="Count">How many, 0 or more.</param>
    /// <param name="Finish">Why the request ends after them; None if it goes on.</param>
    public sealed record Tokens(InstanceId Instance, Epoch Epoch, int FirstIndex, int Count, FinishReason Finish) : RequestEvent;

    /// <summary>Nothing was heard of the request for some time.</summary>
    public sealed record Silent : RequestEvent
    {
        public static Silent Instance { get; } = new();
    }

    /// <summary>An instance is dead or suspected.</summary>
    /// <param name="Instance">Which.</param>
    /// <param name="Dead">Whether it is known to be gone, so that there is nobody left to stop.</param>
    public sealed record InstanceLost(InstanceId Instance, bool Dead = false) : RequestEvent;

    /// <summary>An instance holds nothing of the request in this or an older epoch.</summary>
    public sealed record Stopped(InstanceId Instance, Epoch Epoch) : RequestEvent;

    /// <summary>Time to repeat what was not answered.</summary>
    public sealed record Retry : RequestEvent
    {
        public static Retry Instance { get; } = new();
    }

    /// <summary>The client wants no more of the request.</summary>
    public sealed record Cancel : RequestEvent
    {
        public static Cancel Instance { get; } = new();
    }

    /// <summary>The client reads too slowly: acknowledge nothing further, so that the instance pauses the request.</summary>
    public sealed record Stall : RequestEvent
    {
        public static Stall Instance { get; } = new();
    }

    /// <summary>The client has caught up.</summary>
    public sealed record Flow : RequestEvent
    {
        public static Flow Instance { get; } = new();
    }

    /// <summary>The instance that has the request asks to move it.</summary>
    /// <param name="From">Where it is.</param>
    /// <param name="Epoch">In which placement.</param>
    /// <param name="To">Where it shall go.</param>
    /// <param name="Attempt">Rises with each migration of this placement: a later attempt means that the earlier ones are over.</param>
    public sealed record MayMove(InstanceId From, Epoch Epoch, InstanceId To, int Attempt = 0) : RequestEvent;

    /// <summary>The move that was granted this epoch is off; the request goes on where it is.</summary>
    public sealed record MoveAborted(Epoch Granted) : RequestEvent;

    /// <summary>
    /// The source of a move has committed it and does not know whether the destination runs the request. It holds the request stopped,
    /// with its blocks, until it is told that the request is placed there again or elsewhere.
    /// </summary>
    public sealed record MoveUndecided(InstanceId From, Epoch Epoch) : RequestEvent;
}

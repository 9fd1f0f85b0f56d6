using System.Collections.Immutable;
using Akka.Actor;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Load;

namespace Llumnix.Actors.Protocols;

/// <summary>Between the entities of a gateway's node and its dispatcher.</summary>
public static class DispatchProtocol
{
    /// <summary>
    /// Where shall this request run? Answered by <see cref="Placed"/> or <see cref="NotPlaced"/>, at once or, where the policy binds late,
    /// when there is room; to be repeated, and taken back by <see cref="Withdraw"/> where no answer is wanted any more.
    /// </summary>
    /// <param name="Request">The request.</param>
    /// <param name="Model">The served name of its model.</param>
    /// <param name="Priority">Its class.</param>
    /// <param name="Tokens">Tokens it has: prompt and output so far.</param>
    /// <param name="PromptTokens">Those of its prompt; a request with more has begun.</param>
    /// <param name="Arrival">When it entered the cluster, in UTC ticks.</param>
    /// <param name="Choices">How many choices its session has; the first placements of all go to one instance.</param>
    /// <param name="Excluded">Instances that refused or lost it.</param>
    public sealed record Place(
        RequestId Request,
        string Model,
        Priority Priority,
        int Tokens,
        int PromptTokens,
        long Arrival,
        int Choices,
        ImmutableArray<InstanceId> Excluded);

    /// <summary>The request needs no place any more.</summary>
    public sealed record Withdraw(RequestId Request);

    /// <summary>There.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Instance">The instance.</param>
    /// <param name="Ticket">Goes to it with the request.</param>
    /// <param name="InstanceActor">Who takes it.</param>
    public sealed record Placed(RequestId Request, InstanceId Instance, DispatchTicket Ticket, IActorRef InstanceActor);

    /// <summary>Nowhere.</summary>
    /// <param name="Request">The request.</param>
    /// <param name="Kind">What it means for the client if it stays so.</param>
    /// <param name="Sentence">What is wrong.</param>
    /// <param name="RetryAfter">When there should be room for it, where that is the reason and can be told.</param>
    /// <param name="Final">Whether it is useless to ask again on the request's behalf.</param>
    public sealed record NotPlaced(RequestId Request, FailureKind Kind, string Sentence, TimeSpan? RetryAfter = null, bool Final = false);

    /// <summary>Which instances may have a request of this model? Answered by <see cref="Instances"/>.</summary>
    public sealed record ListInstances(string Model);

    /// <summary>These.</summary>
    /// <param name="Ids">Their names.</param>
    /// <param name="Actors">Who they are, in the same order.</param>
    /// <param name="Suspected">Those of them that nothing was heard of lately.</param>
    public sealed record Instances(ImmutableArray<InstanceId> Ids, ImmutableArray<IActorRef> Actors, ImmutableArray<InstanceId> Suspected);

    /// <summary>Answer with <see cref="InstancesKnown"/> when all of these have reported.</summary>
    public sealed record AwaitInstances(IReadOnlyCollection<InstanceId> Instances);

    /// <summary>They have.</summary>
    public sealed record InstancesKnown
    {
        public static InstancesKnown Instance { get; } = new();
    }
}

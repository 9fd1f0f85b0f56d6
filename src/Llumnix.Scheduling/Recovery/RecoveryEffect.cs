using System.Collections.Immutable;
using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Recovery;

/// <summary>What a gateway that takes a request over is to do.</summary>
public abstract record RecoveryEffect
{
    private RecoveryEffect()
    {
    }

    /// <summary>Ask the instance whether it has the request.</summary>
    public sealed record Ask(InstanceId Instance) : RecoveryEffect;

    /// <summary>Go on with the sequence that <paramref name="At"/> told of, where it is, in <paramref name="Epoch"/>.</summary>
    /// <param name="At">Where it is.</param>
    /// <param name="Epoch">The new incarnation's first placement.</param>
    /// <param name="Tokens">Its output so far.</param>
    /// <param name="Finish">Why it ended; None where it goes on.</param>
    /// <param name="Others">The other instances, none of which may run the request in an older epoch any more.</param>
    public sealed record Adopt(InstanceId At, Epoch Epoch, int Tokens, FinishReason Finish, ImmutableArray<PendingStop> Others) : RecoveryEffect;

    /// <summary>Nobody has the request: generate it again from its prompt and seed.</summary>
    /// <param name="Epoch">The new incarnation's first placement.</param>
    /// <param name="Others">All instances, none of which may run the request in an older epoch any more.</param>
    public sealed record GenerateAgain(Epoch Epoch, ImmutableArray<PendingStop> Others) : RecoveryEffect;

    /// <summary>Tell the client that this is another's request.</summary>
    public sealed record Refuse : RecoveryEffect;
}

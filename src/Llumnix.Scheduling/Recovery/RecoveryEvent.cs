using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Recovery;

/// <summary>What happens while a gateway takes a request over.</summary>
public abstract record RecoveryEvent
{
    private RecoveryEvent()
    {
    }

    /// <summary>An instance has the request: waiting, running, standing still or ended.</summary>
    /// <param name="Instance">Which.</param>
    /// <param name="Epoch">The placement it has it in.</param>
    /// <param name="Tokens">The output so far.</param>
    /// <param name="Finish">Why it ended; None while it goes on.</param>
    public sealed record Holds(InstanceId Instance, Epoch Epoch, int Tokens, FinishReason Finish) : RecoveryEvent;

    /// <summary>An instance had the request, and it was moved to another.</summary>
    public sealed record MovedOn(InstanceId Instance, Epoch Epoch, InstanceId To) : RecoveryEvent;

    /// <summary>An instance does not have the request; <paramref name="Newest"/> is the newest epoch it has seen of it, the least where it has seen none.</summary>
    public sealed record HoldsNot(InstanceId Instance, Epoch Newest) : RecoveryEvent;

    /// <summary>An instance has a request of this id with another prompt or other parameters.</summary>
    public sealed record Differs(InstanceId Instance) : RecoveryEvent;

    /// <summary>An instance is dead or suspected.</summary>
    public sealed record InstanceLost(InstanceId Instance, bool Dead = false) : RecoveryEvent;

    /// <summary>Time to ask those again that have not answered.</summary>
    public sealed record Retry : RecoveryEvent
    {
        public static Retry Instance { get; } = new();
    }

    /// <summary>The client wants no more of the request: nothing is waited for.</summary>
    public sealed record Cancel : RecoveryEvent
    {
        public static Cancel Instance { get; } = new();
    }
}

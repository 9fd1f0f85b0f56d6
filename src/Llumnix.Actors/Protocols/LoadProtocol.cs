using Akka.Actor;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Load;

namespace Llumnix.Actors.Protocols;

/// <summary>From instances, over their node's reporter, to every gateway's dispatcher and the global manager: how it stands with them.</summary>
public static class LoadProtocol
{
    /// <summary>One instance's load, with what operators want to know.</summary>
    /// <param name="Load">What decisions are made by.</param>
    /// <param name="Node">Its node's address.</param>
    /// <param name="Device">Its device.</param>
    /// <param name="KernelClass">Instances of one class give the same bits.</param>
    /// <param name="Preemptions">Requests that lost their blocks, since its start.</param>
    /// <param name="GeneratedTokens">Output tokens, since its start.</param>
    /// <param name="PromptTokens">Tokens of the prompts it took, since its start.</param>
    /// <param name="StepTime">A running mean of how long its steps take; zero before the first.</param>
    /// <param name="InstanceActor">Who takes requests.</param>
    public sealed record InstanceReport(
        LoadReport Load,
        string Node,
        string Device,
        string KernelClass,
        long Preemptions,
        long GeneratedTokens,
        long PromptTokens,
        TimeSpan StepTime,
        IActorRef InstanceActor) : IWireMessage
    {
        /// <summary>Requests that ended here, finished or stopped, since its start; not those that moved away.</summary>
        public long EndedRequests { get; init; }
    }

    /// <summary>The last report of every instance of one node. Sent on change and as a sign of life.</summary>
    public sealed record NodeReport(InstanceReport[] Instances) : IWireMessage;

    /// <summary>The instance of this incarnation is dead or gone.</summary>
    public sealed record InstanceEnded(InstanceId Instance, long Incarnation) : IWireMessage;
}

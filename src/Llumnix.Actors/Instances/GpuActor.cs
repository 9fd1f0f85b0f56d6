using Akka.Actor;
using Llumnix.Actors.Migration;
using Llumnix.Actors.Protocols;
using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Execution;

namespace Llumnix.Actors.Instances;

/// <summary>
/// One device of an instance: owns the executor with weights and KV memory and runs one step at a time, on a thread of its own. Whatever
/// fails here ends the instance.
/// </summary>
internal sealed class GpuActor : ReceiveActor
{
    /// <summary>Its dispatcher in <c>hocon/</c>: a thread an actor.</summary>
    public const string Dispatcher = "akka.actor.gpu-dispatcher";

    private readonly ExecutorBlockMemory _memory;

    public GpuActor(IModelExecutor executor, ExecutorBlockMemory memory, TimeProvider time)
    {
        _memory = memory;
        var runner = new StepRunner(executor);
        Receive<GpuProtocol.Hold>(hold => runner.Add(hold.Sequence));
        Receive<GpuProtocol.LetGo>(letGo => runner.Remove(letGo.Request, out _));
        Receive<GpuProtocol.Count>(count => Sender.Tell(WithSequences(count.Audit, runner.Count)));
        Receive<GpuProtocol.RunStep>(run =>
        {
            long start = time.GetTimestamp();
            // Copied: the runner reuses its list while the instance still sends these.
            var sampled = runner.Run(run.Plan).ToArray();
            Sender.Tell(new GpuProtocol.StepDone(run.Plan, sampled, time.GetElapsedTime(start)));
        });
    }

    /// <param name="executor">Runs the steps; not used after the actor's end.</param>
    /// <param name="memory">Its KV memory for streams, which the actor ends and by it the executor.</param>
    /// <param name="time">The clock.</param>
    public static Props Props(IModelExecutor executor, ExecutorBlockMemory memory, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new GpuActor(executor, memory, time)).WithDispatcher(Dispatcher);

    protected override void PostStop() => _memory.Dispose();

    /// <summary>It has heard of every request that came and left before the audit.</summary>
    private static InstanceAudit WithSequences(InstanceAudit audit, int sequences) => audit with
    {
        Sequences = sequences,
        Problems = sequences == audit.Requests
            ? audit.Problems
            : [.. audit.Problems, $"The instance has {audit.Requests} requests, but its GPU actor holds {sequences} sequences."],
    };
}

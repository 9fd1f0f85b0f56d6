using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Actors.Protocols;

/// <summary>Between an instance and its GPU actor, in one process.</summary>
public static class GpuProtocol
{
    /// <summary>Plans name this sequence from now on; while a step runs nobody else touches it.</summary>
    public sealed record Hold(Sequence Sequence);

    /// <summary>No further plan names the request.</summary>
    public sealed record LetGo(RequestId Request);

    /// <summary>Count the sequences held into this audit and send it to who asked.</summary>
    public sealed record Count(InstanceAudit Audit);

    /// <summary>Run this step. Answered by <see cref="StepDone"/>.</summary>
    public sealed record RunStep(BatchPlan Plan);

    /// <summary>The step was run.</summary>
    /// <param name="Plan">What was asked.</param>
    /// <param name="Sampled">One token for each item that samples.</param>
    /// <param name="Duration">How long it took, without the way here and back.</param>
    public sealed record StepDone(BatchPlan Plan, SampledToken[] Sampled, TimeSpan Duration);
}

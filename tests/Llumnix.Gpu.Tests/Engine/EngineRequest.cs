using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;

namespace Llumnix.Gpu.Tests.Engine;

/// <summary>One request of an engine test and the step before which it is added.</summary>
internal sealed record EngineRequest(RequestId Id, int[] Prompt, SamplingParameters Parameters, Priority Priority, int AddedAt);

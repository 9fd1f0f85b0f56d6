using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Sessions;

/// <summary>What a client asks one session for: the output of one prompt, in one or more choices.</summary>
public sealed record GenerateRequest
{
    /// <summary>The session's id, which is also that of its choice 0.</summary>
    public required RequestId Id { get; init; }

    /// <summary>The served name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Token ids of the prompt, at least one.</summary>
    public required int[] Prompt { get; init; }

    /// <summary>
    /// The parameters of choice 0; choice i uses seed + i. The seed was drawn by the caller if the client gave none, so that the
    /// request can be generated again.
    /// </summary>
    public required SamplingParameters Sampling { get; init; }

    /// <summary>How many choices, at least 1; they share the prompt's blocks.</summary>
    public int Choices { get; init; } = 1;

    public Priority Priority { get; init; } = Priority.Normal;

    /// <summary>
    /// Whether the request goes on, and can be resumed for <c>resume-window</c>, when its stream is dropped without being cancelled.
    /// </summary>
    public bool Resumable { get; init; }

    /// <summary>
    /// Whether the request may have run by another gateway, which is gone or which the client has left: then the instances are asked for it,
    /// and it goes on where it is; where nobody has it, it is generated again.
    /// </summary>
    public bool TakeOver { get; init; }

    /// <summary>For each choice the output index from which the client wants tokens (0 when it has none); null is 0 for all.</summary>
    public int[]? Offsets { get; init; }
}

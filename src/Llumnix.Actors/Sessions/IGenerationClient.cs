using Llumnix.Scheduling;

namespace Llumnix.Actors.Sessions;

/// <summary>The gateway's way into the cluster: sessions.</summary>
public interface IGenerationClient
{
    /// <summary>Starts a session. Failures come as a <see cref="GenerationEventKind.Failed"/> event, never as an exception.</summary>
    GenerationStream Generate(GenerateRequest request);

    /// <summary>
    /// Attaches to a session that this gateway still owns, replaying from the offset of each choice; null where the session is unknown
    /// here (the caller may then generate it again from its body and seed). An earlier stream of the session ends.
    /// </summary>
    Task<GenerationStream?> ResumeAsync(RequestId id, IReadOnlyList<int> offsets, CancellationToken cancellationToken);

    /// <summary>Cancels a session by its id, wherever its stream is; false where it is unknown here.</summary>
    Task<bool> CancelAsync(RequestId id, CancellationToken cancellationToken);
}

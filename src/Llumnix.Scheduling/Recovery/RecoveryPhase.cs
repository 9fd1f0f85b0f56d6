namespace Llumnix.Scheduling.Recovery;

/// <summary>Where a request is that another gateway takes over.</summary>
public enum RecoveryPhase : byte
{
    /// <summary>The instances were asked whether they have it.</summary>
    Asking,

    /// <summary>It is decided how the request goes on.</summary>
    Decided,
}

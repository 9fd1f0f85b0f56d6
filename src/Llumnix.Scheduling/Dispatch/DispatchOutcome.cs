namespace Llumnix.Scheduling.Dispatch;

/// <summary>What came of a dispatch decision.</summary>
public enum DispatchOutcome : byte
{
    /// <summary>An instance was chosen.</summary>
    Chosen,

    /// <summary>No instance of the model is known.</summary>
    UnknownModel,

    /// <summary>Every instance of the model is suspected or terminating.</summary>
    NoneAvailable,

    /// <summary>Those that could take requests are all excluded.</summary>
    AllExcluded,

    /// <summary>The policy would rather wait for room than choose now.</summary>
    HeldBack,
}

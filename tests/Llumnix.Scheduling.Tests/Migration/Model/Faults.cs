namespace Llumnix.Scheduling.Tests.Migration.Model;

/// <summary>What may happen beside the ordinary course.</summary>
[Flags]
public enum Faults
{
    None = 0,

    /// <summary>A message is lost.</summary>
    Drop = 1,

    /// <summary>A message is delivered twice.</summary>
    Repeat = 1 << 1,

    /// <summary>A time-out fires although what it waits for is on its way.</summary>
    EarlyTimeout = 1 << 2,

    /// <summary>An instance dies.</summary>
    Crash = 1 << 3,

    /// <summary>An entity, a gateway that takes the request over, or a migration's other end takes a living instance for lost.</summary>
    Suspicion = 1 << 4,

    /// <summary>A stage fails: stalled, cut, corrupted.</summary>
    StageFailure = 1 << 5,

    /// <summary>A reservation is refused, cannot grow, or cannot be used in the end.</summary>
    Refusal = 1 << 6,

    /// <summary>A reservation lapses while its source lives.</summary>
    Lapse = 1 << 7,

    /// <summary>The request loses its blocks to another on the source.</summary>
    Preemption = 1 << 8,

    /// <summary>The client wants no more.</summary>
    Cancel = 1 << 9,

    /// <summary>The client's gateway dies, and the client comes to the next one.</summary>
    GatewayCrash = 1 << 10,

    /// <summary>The client comes to the next gateway although its own lives.</summary>
    Takeover = 1 << 11,

    All = (1 << 12) - 1,
}

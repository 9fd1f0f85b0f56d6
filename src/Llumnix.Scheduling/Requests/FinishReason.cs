namespace Llumnix.Scheduling.Requests;

/// <summary>Why a request ended, or that it has not.</summary>
public enum FinishReason : byte
{
    /// <summary>The request goes on.</summary>
    None = 0,

    /// <summary>The model ended it (an end-of-sequence or stop token) or a stop string was found.</summary>
    Stop = 1,

    /// <summary>It reached its token limit or the model's context.</summary>
    Length = 2,

    /// <summary>Its client went away or cancelled it.</summary>
    Cancelled = 3,

    /// <summary>It could not be served; a sentence says why.</summary>
    Failed = 4,
}

namespace Llumnix.Scheduling.Batching;

/// <summary>Why an instance does not take a request.</summary>
public enum AdmissionRefusal : byte
{
    /// <summary>It is taken.</summary>
    None = 0,

    /// <summary>As many requests wait as may; another instance, or a later try, may take it.</summary>
    QueueFull = 1,

    /// <summary>Its token limit is beyond the model's context.</summary>
    TooLong = 2,

    /// <summary>At its token limit it would need more blocks than the instance has.</summary>
    NeedsMoreBlocks = 3,

    /// <summary>The instance has a request of this id.</summary>
    AlreadyKnown = 4,

    /// <summary>It has as many tokens as its limit allows.</summary>
    NothingToGenerate = 5,
}

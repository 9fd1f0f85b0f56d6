namespace Llumnix.Scheduling.Batching;

/// <summary>Where a request stands in a batch scheduler.</summary>
public enum SequencePhase : byte
{
    /// <summary>It is in the waiting queue and holds no blocks.</summary>
    Waiting,

    /// <summary>It is in the batch and holds the blocks of all its known tokens, or one fewer until its next step is planned.</summary>
    Running,

    /// <summary>It was taken out to be handed to another instance: it keeps its blocks, runs in no step and is never preempted.</summary>
    TakenOut,
}

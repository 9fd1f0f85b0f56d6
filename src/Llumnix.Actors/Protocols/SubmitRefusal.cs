namespace Llumnix.Actors.Protocols;

/// <summary>Why an instance does not take a request.</summary>
public enum SubmitRefusal : byte
{
    /// <summary>Its waiting queue is full; another instance, or this one later, may take it.</summary>
    QueueFull = 1,

    /// <summary>
    /// It can never run here, nor on an instance like this one: prompt and output exceed the model's context, its blocks exceed what the
    /// instance has, or prompt and parameters do not fit the model.
    /// </summary>
    Unservable = 2,

    /// <summary>It is terminating.</summary>
    Terminating = 3,

    /// <summary>Another gateway has taken the request over.</summary>
    Stale = 4,
}

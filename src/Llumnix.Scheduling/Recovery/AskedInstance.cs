using Llumnix.Scheduling.Requests;

namespace Llumnix.Scheduling.Recovery;

/// <summary>What one instance answered to a gateway that takes a request over.</summary>
/// <param name="Instance">Which.</param>
public readonly record struct AskedInstance(InstanceId Instance)
{
    /// <summary>Whether it is awaited no longer: it has answered, or is lost.</summary>
    public bool Settled { get; init; }

    /// <summary>Whether it is suspected.</summary>
    public bool Lost { get; init; }

    /// <summary>The newest epoch it has seen of the request.</summary>
    public Epoch Newest { get; init; }

    /// <summary>Whether it has the sequence.</summary>
    public bool Has { get; init; }

    /// <summary>The sequence's output so far.</summary>
    public int Tokens { get; init; }

    /// <summary>Why the sequence ended; None while it goes on.</summary>
    public FinishReason Finish { get; init; }
}

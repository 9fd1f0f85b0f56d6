namespace Llumnix.Scheduling.Delivery;

/// <summary>Why a request failed.</summary>
/// <param name="Kind">What that means for the client.</param>
/// <param name="Sentence">What is wrong, for a person.</param>
public sealed record RequestFailure(FailureKind Kind, string Sentence);

namespace Llumnix.Scheduling.Batching;

/// <summary>Whether a request was taken into the waiting queue, and if not, why, with the numbers.</summary>
/// <param name="Refusal">Why not, or <see cref="AdmissionRefusal.None"/>.</param>
/// <param name="Asked">What the request asks for, in the refusal's unit (waiting requests, tokens, blocks).</param>
/// <param name="Available">What there is of it.</param>
public readonly record struct AdmissionResult(AdmissionRefusal Refusal, int Asked, int Available)
{
    public static AdmissionResult Accepted => default;

    public bool IsAccepted => Refusal == AdmissionRefusal.None;

    /// <summary>One sentence for the person whose request it is.</summary>
    public override string ToString() => Refusal switch
    {
        AdmissionRefusal.None => "The request is accepted.",
        AdmissionRefusal.QueueFull => $"The instance's queue is full: {Available} requests wait, which is the most allowed.",
        AdmissionRefusal.TooLong =>
            $"The request may grow to {Asked} tokens, but the model's context is {Available} tokens; shorten the prompt or lower max_tokens.",
        AdmissionRefusal.NothingToGenerate =>
            $"The request has {Asked} tokens and a limit of {Available}, which leaves none to generate; shorten the prompt or raise max_tokens.",
        AdmissionRefusal.NeedsMoreBlocks =>
            $"The request may need {Asked} KV blocks, but the instance has {Available}; shorten the prompt or lower max_tokens.",
        AdmissionRefusal.AlreadyKnown => "The instance already has a request of this id.",
        _ => throw new InvalidOperationException($"{Refusal} has no sentence."),
    };
}

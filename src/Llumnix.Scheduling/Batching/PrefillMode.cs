namespace Llumnix.Scheduling.Batching;

/// <summary>How prompts are computed beside the requests that decode.</summary>
public enum PrefillMode : byte
{
    /// <summary>In chunks within the token budget, mixed into the steps of the requests that decode.</summary>
    Chunked,

    /// <summary>
    /// Whole, in steps of prompts only that go ahead of any decode, as vLLM did before it had chunks: the first token comes soonest, and
    /// everybody else's next token waits for it.
    /// </summary>
    WholePrompt,
}

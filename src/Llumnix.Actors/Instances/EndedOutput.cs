using Llumnix.Actors.Requests;
using Llumnix.Gpu.Engine;

namespace Llumnix.Actors.Instances;

/// <summary>The whole output of a request that ended, for a client that comes back by another gateway.</summary>
/// <param name="Tokens">The output.</param>
/// <param name="Fingerprint">Of prompt and parameters.</param>
internal sealed record EndedOutput(int[] Tokens, ulong Fingerprint)
{
    public static EndedOutput Of(Sequence sequence) => new(
        sequence.Output.ToArray(), RequestFingerprint.Of(sequence.Tokens[..sequence.PromptLength], sequence.Parameters));
}

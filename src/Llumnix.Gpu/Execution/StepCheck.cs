using Llumnix.Gpu.Models;
using Llumnix.Scheduling.Batching;

namespace Llumnix.Gpu.Execution;

/// <summary>Checks a step before unchecked memory is touched for it.</summary>
internal static class StepCheck
{
    /// <summary>Throws where a step asks for what the executor does not have.</summary>
    /// <exception cref="ArgumentException">The sentence says what.</exception>
    public static void Check(
        BatchPlan plan, ReadOnlySpan<int> tokens, ModelConfig model, KvLayout kv, int maxTokens, int maxSamples)
    {
        if (tokens.Length != plan.TokenCount)
            throw new ArgumentException($"The step computes {plan.TokenCount} tokens, but {tokens.Length} token ids were given.");

        if (plan.TokenCount > maxTokens)
            throw new ArgumentException($"The step computes {plan.TokenCount} tokens; the executor was made for at most {maxTokens}.");

        if (plan.SampleCount > maxSamples)
            throw new ArgumentException($"The step samples {plan.SampleCount} times; the executor was made for at most {maxSamples}.");

        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)model.VocabularySize)
                throw new ArgumentException($"There is no token {token}; the model's tokens are 0 to {model.VocabularySize - 1}.");
        }

        for (int i = 0; i < plan.Items.Count; i++)
        {
            BatchItem item = plan.Items[i];
            int length = item.Start + item.Count;
            if (length > model.MaxPositions)
                throw new ArgumentException($"Request {item.Id} reaches {length} tokens; the model's context has {model.MaxPositions}.");

            int needed = (length + kv.BlockSize - 1) / kv.BlockSize;
            if (item.BlockCount < needed)
            {
                throw new ArgumentException(
                    $"Request {item.Id} has {item.BlockCount} blocks; {length} tokens need {needed} of {kv.BlockSize} tokens each.");
            }

            foreach (int block in plan.BlockTable(item))
            {
                if ((uint)block >= (uint)kv.Blocks)
                    throw new ArgumentException($"Request {item.Id} names block {block}; the blocks are 0 to {kv.Blocks - 1}.");
            }
        }
    }
}

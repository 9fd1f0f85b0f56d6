using Llumnix.Scheduling.Batching;

namespace Llumnix.Simulation.Costs;

/// <summary>What a step computes, as far as its time depends on it.</summary>
public readonly record struct StepWork
{
    /// <summary>Positions of prompts that are computed.</summary>
    public long PromptTokens { get; init; }

    /// <summary>
    /// What their attention looks at: the sum of end² - start² over the prompt chunks [start, end), twice the number of pairs of a position
    /// and one before it.
    /// </summary>
    public double PromptPairs { get; init; }

    /// <summary>Requests that compute one token.</summary>
    public int Decodes { get; init; }

    /// <summary>Positions whose KV they read, all together.</summary>
    public long ContextTokens { get; init; }

    /// <summary>The work of a planned step.</summary>
    public static StepWork Of(BatchPlan plan)
    {
        long promptTokens = 0;
        double promptPairs = 0;
        int decodes = 0;
        long contextTokens = 0;
        foreach (ref readonly var item in plan.ItemSpan)
        {
            int end = item.Start + item.Count;
            if (item is { Count: 1, Samples: true, Start: > 0 })
            {
                decodes++;
                contextTokens += end;
            }
            else
            {
                promptTokens += item.Count;
                promptPairs += ((double)end * end) - ((double)item.Start * item.Start);
            }
        }

        return new StepWork { PromptTokens = promptTokens, PromptPairs = promptPairs, Decodes = decodes, ContextTokens = contextTokens };
    }
}

using Llumnix.Gpu.Sampling;

namespace Llumnix.Gpu.Tests.Sampling;

/// <summary>The definitions of the sampling parameters written out in double precision, with full sorts and no cleverness.</summary>
internal static class PlainSampling
{
    public static double[] Altered(
        float[] logits, SamplingParameters parameters, IReadOnlyList<int> prompt, IReadOnlyList<int> output, IReadOnlyList<int> endTokens)
    {
        double[] altered = [.. logits.Select(x => (double)x)];
        if (output.Count < parameters.MinTokens)
        {
            foreach (int token in parameters.StopTokenIds) altered[token] = double.NegativeInfinity;
            if (!parameters.IgnoreEos)
            {
                foreach (int token in endTokens) altered[token] = double.NegativeInfinity;
            }
        }

        foreach ((int token, float bias) in parameters.LogitBias) altered[token] += bias;
        foreach (int token in prompt.Concat(output).Distinct())
        {
            altered[token] = altered[token] > 0 ? altered[token] / parameters.RepetitionPenalty : altered[token] * parameters.RepetitionPenalty;
        }

        foreach (IGrouping<int, int> occurrences in output.GroupBy(token => token))
        {
            altered[occurrences.Key] -= parameters.FrequencyPenalty * occurrences.Count();
            altered[occurrences.Key] -= parameters.PresencePenalty;
        }

        return altered;
    }

    /// <summary>The probability of each token, given the altered logits; <paramref name="slack"/> moves the borders of min-p and top-p.</summary>
    public static double[] Probabilities(double[] altered, SamplingParameters parameters, double slack = 0)
    {
        double max = altered.Max();
        double[] weights = [.. altered.Select(x => Math.Exp((x - max) / parameters.Temperature))];
        int[] order = [.. Enumerable.Range(0, weights.Length).OrderByDescending(t => weights[t]).ThenBy(t => t)];
        order = [.. order.Where(t => weights[t] >= parameters.MinP * (1 - slack))];
        if (parameters.TopK > 0) order = [.. order.Take(parameters.TopK)];
        if (parameters.TopP < 1)
        {
            double mass = Math.Min(1, parameters.TopP + slack) * order.Sum(t => weights[t]), sum = 0;
            int kept = 0;
            while (kept < order.Length && sum < mass) sum += weights[order[kept++]];
            order = order[..kept];
        }

        double total = order.Sum(t => weights[t]);
        double[] probabilities = new double[weights.Length];
        foreach (int token in order) probabilities[token] = weights[token] / total;
        return probabilities;
    }

    /// <summary>Whether a draw of <paramref name="token"/> with <paramref name="uniform"/> is what the distribution function inverts to.</summary>
    public static bool Draws(double[] probabilities, double uniform, int token)
    {
        const double Rounding = 3e-5;
        double before = probabilities.Take(token).Sum();
        return probabilities[token] > 0 && uniform >= before - Rounding && uniform < before + probabilities[token] + Rounding;
    }
}

namespace Llumnix.Gpu.Sampling;

/// <summary>
/// What the sampler must know of one request: its parameters, how many tokens its output has, and how often each token occurred.
/// A function of prompt, parameters and output, so it is rebuilt by appending the output's tokens.
/// </summary>
public sealed class SamplingState
{
    private readonly int[] _biasTokens;
    private readonly float[] _biases;
    private readonly int[] _maskedAtFirst;
    private readonly Dictionary<int, int>? _slots;
    private int[] _seen = [];
    private int[] _outputCounts = [];
    private int _seenCount;

    /// <summary>The state before the first output token.</summary>
    /// <param name="parameters">Valid ones, see <see cref="SamplingParameters.Validate"/>.</param>
    /// <param name="prompt">The prompt's tokens.</param>
    /// <param name="endTokens">The model's end tokens.</param>
    public SamplingState(SamplingParameters parameters, ReadOnlySpan<int> prompt, IReadOnlyList<int> endTokens)
    {
        Parameters = parameters;
        _biasTokens = [.. parameters.LogitBias.Keys];
        _biases = [.. parameters.LogitBias.Values];
        _maskedAtFirst = parameters.MinTokens == 0 ? []
            : [.. parameters.StopTokenIds, .. parameters.IgnoreEos ? [] : endTokens];
        if (parameters.RepetitionPenalty == 1 && parameters.PresencePenalty == 0 && parameters.FrequencyPenalty == 0) return;

        _slots = [];
        if (parameters.RepetitionPenalty == 1) return;
        foreach (int token in prompt) SlotOf(token);
    }

    public SamplingParameters Parameters { get; }

    /// <summary>Tokens in the output so far; the index of the next one.</summary>
    public int OutputLength { get; private set; }

    /// <summary>Whether <see cref="Alter"/> changes anything now.</summary>
    internal bool Alters => _seenCount > 0 || _biasTokens.Length > 0 || (OutputLength < Parameters.MinTokens && _maskedAtFirst.Length > 0);

    /// <summary>Adds a token to the output.</summary>
    public void Append(int token)
    {
        OutputLength++;
        if (_slots is null) return;
        int slot = SlotOf(token);
        _outputCounts[slot]++;
    }

    /// <summary>Applies, in vLLM's order, the end-token mask of min_tokens, logit_bias and the penalties.</summary>
    internal void Alter(Span<float> logits)
    {
        if (OutputLength < Parameters.MinTokens)
        {
            foreach (int token in _maskedAtFirst)
            {
                if ((uint)token < (uint)logits.Length) logits[token] = float.NegativeInfinity;
            }
        }

        for (int i = 0; i < _biasTokens.Length; i++) logits[_biasTokens[i]] += _biases[i];

        float repetition = Parameters.RepetitionPenalty;
        for (int i = 0; i < _seenCount; i++)
        {
            ref float logit = ref logits[_seen[i]];
            logit = logit > 0 ? logit / repetition : logit * repetition;
            if (_outputCounts[i] == 0) continue;
            logit -= Parameters.FrequencyPenalty * _outputCounts[i];
            logit -= Parameters.PresencePenalty;
        }
    }

    private int SlotOf(int token)
    {
        if (_slots!.TryGetValue(token, out int slot)) return slot;
        slot = _seenCount++;
        if (slot == _seen.Length)
        {
            int capacity = Math.Max(64, 2 * slot);
            Array.Resize(ref _seen, capacity);
            Array.Resize(ref _outputCounts, capacity);
        }

        _seen[slot] = token;
        _slots[token] = slot;
        return slot;
    }
}

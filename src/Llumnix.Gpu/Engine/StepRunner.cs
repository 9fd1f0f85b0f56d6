using System.Diagnostics.CodeAnalysis;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Gpu.Engine;

/// <summary>
/// Runs planned steps on one executor: gives it the tokens, samples the rows it returns and extends the sequences. Holds the sequences of
/// the instance; which of them run, and where their KV lies, is the plan's. One user at a time; in the steady state a step allocates
/// nothing.
/// </summary>
/// <param name="executor">The model; stays the caller's to dispose.</param>
public sealed class StepRunner(IModelExecutor executor)
{
    private readonly Dictionary<RequestId, Sequence> _sequences = [];
    private readonly Sampler _sampler = new(executor.Model.VocabularySize);
    private readonly List<SampledToken> _sampled = [];
    private int[] _tokens = new int[512];

    /// <summary>How many sequences it holds.</summary>
    public int Count => _sequences.Count;

    /// <summary>Takes a sequence that plans may name from now on.</summary>
    /// <exception cref="ArgumentException">It holds one of that id, or the sequence has ended.</exception>
    public void Add(Sequence sequence)
    {
        if (sequence.Finish != FinishReason.None)
        {
            throw new ArgumentException($"Request {sequence.Id} has ended ({sequence.Finish}): there is nothing to run.", nameof(sequence));
        }

        if (!_sequences.TryAdd(sequence.Id, sequence))
        {
            throw new ArgumentException($"Request {sequence.Id} is already held: an id stands for one sequence.", nameof(sequence));
        }
    }

    /// <summary>Lets go of a sequence, between steps.</summary>
    public bool Remove(RequestId id, [NotNullWhen(true)] out Sequence? sequence) => _sequences.Remove(id, out sequence);

    /// <summary>Looks a sequence up.</summary>
    public bool TryGet(RequestId id, [NotNullWhen(true)] out Sequence? sequence) => _sequences.TryGetValue(id, out sequence);

    /// <summary>Runs one step.</summary>
    /// <param name="plan">What to compute; an empty one does nothing.</param>
    /// <returns>
    /// A token for each item that samples, in the items' order; valid until the next call. Sequences that end with theirs stay held until
    /// they are removed.
    /// </returns>
    /// <exception cref="ArgumentException">The plan does not fit the sequences; nothing was computed.</exception>
    public IReadOnlyList<SampledToken> Run(BatchPlan plan)
    {
        _sampled.Clear();
        if (plan.Items.Count == 0) return _sampled;

        Span<float> logits = executor.Execute(plan, Gather(plan));
        int vocabulary = executor.Model.VocabularySize;
        int row = 0;
        for (int i = 0; i < plan.Items.Count; i++)
        {
            if (!plan.Items[i].Samples) continue;
            Span<float> ofRow = logits.Slice(row++ * vocabulary, vocabulary);
            _sampled.Add(Extend(_sequences[plan.Items[i].Id], ofRow));
        }

        return _sampled;
    }

    private SampledToken Extend(Sequence sequence, Span<float> logits)
    {
        int index = sequence.OutputLength;
        int token = _sampler.Sample(logits, sequence.Sampling, out TokenLogprobs? logprobs);
        if (token == Sampler.NoToken) sequence.Fail();
        else sequence.Append(token);
        return new SampledToken(sequence.Id, index, token, sequence.Finish, logprobs);
    }

    private ReadOnlySpan<int> Gather(BatchPlan plan)
    {
        if (_tokens.Length < plan.TokenCount) _tokens = new int[Math.Max(plan.TokenCount, 2 * _tokens.Length)];
        int count = 0;
        for (int i = 0; i < plan.Items.Count; i++)
        {
            BatchItem item = plan.Items[i];
            if (!_sequences.TryGetValue(item.Id, out Sequence? sequence))
            {
                throw new ArgumentException($"The plan names request {item.Id}, which is not held.", nameof(plan));
            }

            int end = item.Start + item.Count;
            if (sequence.Finish != FinishReason.None || end > sequence.Length || item.Samples != (end == sequence.Length))
            {
                throw new ArgumentException(
                    $"The plan computes positions {item.Start} to {end - 1} of request {item.Id} and {(item.Samples ? "samples" : "does not sample")}, "
                    + $"but the request has {sequence.Length} tokens and its finish is {sequence.Finish}.",
                    nameof(plan));
            }

            sequence.Tokens[item.Start..end].CopyTo(_tokens.AsSpan(count));
            count += item.Count;
        }

        return _tokens.AsSpan(0, count);
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Llumnix.Gpu.Execution;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Memory;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Gpu.Engine;

/// <summary>
/// The bare engine: one instance's batch scheduler and step runner called in turn on the caller's thread, with no actors, queues or
/// clients around them. It is what tests compare outputs by and what the cost of everything above an instance is measured against; the
/// cluster runs the same scheduler and runner inside its actors.
/// </summary>
public sealed class EngineLoop
{
    private readonly BatchScheduler _scheduler;
    private readonly StepRunner _runner;
    private readonly PromptHasher _hasher;
    private readonly List<RequestId> _finished = [];
    private readonly List<SampledToken> _nothing = [];
    private long _arrivals;

    /// <summary>An engine with no requests.</summary>
    /// <param name="executor">The model; stays the caller's to dispose.</param>
    /// <param name="options">Must name the executor's blocks and block size.</param>
    /// <param name="model">Names the weights, for the prefix cache.</param>
    /// <exception cref="ArgumentException">The options do not fit the executor.</exception>
    public EngineLoop(IModelExecutor executor, BatchSchedulerOptions options, string model = "model")
    {
        if (options.BlockCount != executor.Kv.Blocks || options.BlockSize != executor.Kv.BlockSize)
        {
            throw new ArgumentException(
                $"The options name {options.BlockCount} blocks of {options.BlockSize} tokens, but the executor has {executor.Kv.Blocks} of {executor.Kv.BlockSize}.",
                nameof(options));
        }

        _scheduler = new BatchScheduler(options);
        _runner = new StepRunner(executor);
        _hasher = new PromptHasher(model, executor.KernelClass, options.BlockSize, options.PrefixCaching);
    }

    /// <summary>The scheduler, to look at; the loop calls it.</summary>
    public BatchScheduler Scheduler => _scheduler;

    /// <summary>Requests waiting or running.</summary>
    public int Count => _runner.Count;

    /// <summary>Takes a request, in the order of the calls, or says why not.</summary>
    public AdmissionResult Add(Sequence sequence, Priority priority)
    {
        AdmissionResult result = _scheduler.Add(_hasher.Spec(sequence, priority, _arrivals++));
        if (result.IsAccepted) _runner.Add(sequence);
        return result;
    }

    /// <summary>Takes a request out before its end, between steps; false where it is not here.</summary>
    public bool Cancel(RequestId id, [NotNullWhen(true)] out Sequence? sequence)
    {
        _scheduler.Cancel(id);
        return _runner.Remove(id, out sequence);
    }

    /// <summary>
    /// Plans, runs and completes one step. Returns its tokens, valid until the next call; none where there is nothing to do or the step
    /// only prefilled. Requests that ended are let go.
    /// </summary>
    public IReadOnlyList<SampledToken> Step()
    {
        BatchPlan? plan = _scheduler.Schedule();
        if (plan is null) return _nothing;

        IReadOnlyList<SampledToken> sampled = _runner.Run(plan);
        _finished.Clear();
        for (int i = 0; i < sampled.Count; i++)
        {
            if (sampled[i].Finish != FinishReason.None) _finished.Add(sampled[i].Id);
        }

        _scheduler.Complete(plan, CollectionsMarshal.AsSpan(_finished));
        for (int i = 0; i < sampled.Count; i++)
        {
            RequestId id = sampled[i].Id;
            if (sampled[i].Finish != FinishReason.None)
            {
                _runner.Remove(id, out _);
                continue;
            }

            _runner.TryGet(id, out Sequence? sequence);
            while (_hasher.TryHashFilled(sequence!, out BlockHash hash)) _scheduler.BlockFilled(id, hash);
        }

        return sampled;
    }
}

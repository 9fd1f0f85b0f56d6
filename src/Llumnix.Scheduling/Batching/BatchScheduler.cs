using System.Runtime.InteropServices;
using Llumnix.Scheduling.Memory;

namespace Llumnix.Scheduling.Batching;

/// <summary>
/// Decides, step by step, what one instance computes: continuous batching with a token budget and chunked prefill over paged KV memory.
/// Not safe for concurrent use; no clock and no randomness, so equal calls give equal plans.
/// </summary>
/// <remarks>
/// <para>
/// The order of service is priority, then the place that <see cref="BatchSchedulerOptions.QueueOrder"/> gives (arrival, unless told
/// otherwise), then id. A step is filled with (1) one token of every running request that only
/// decodes, (2) the next chunk of running prefills, (3) waiting requests, each in the order of service, while the token budget and
/// <see cref="BatchSchedulerOptions.MaxRunning"/> last. With <see cref="PrefillMode.WholePrompt"/> a step is (2) and (3), each prompt
/// whole, while there is any, and (1) otherwise.
/// </para>
/// <para>
/// A waiting request is admitted with the blocks of all its known tokens, so a prefill never stops for want of memory. Admission keeps the
/// watermark free unless no other request could run. The first one that does not fit stops admission: nobody overtakes it. A request
/// whose next block of prompt is just being computed by a running one is passed over until that block can be shared, is given up, or its
/// computer is paused; running requests wait for nobody, so this cannot deadlock.
/// </para>
/// <para>
/// When a decode gets no block, the running request last in the order of service (within a class a paused one first) loses its blocks and
/// waits again with its arrival and its tokens. That is never a more urgent one than the request in need, and may be that request itself.
/// A class may also preempt for admission (<see cref="BatchSchedulerOptions.PreemptsLower"/>): the first in the waiting queue is then
/// admitted ahead of all else while lower classes run, and takes their blocks and places, in the same order, where it has not enough and they
/// have. Either way room goes up
/// the order of service only, so the first in order advances in every step, and every request that was accepted ends if steps go on and none
/// stays paused.
/// </para>
/// <para>
/// Full blocks are shared by hash and never written again. At least the last known token is always computed, so that it can sample.
/// </para>
/// </remarks>
public sealed class BatchScheduler
{
    private readonly BatchSchedulerOptions _options;
    private readonly BlockAllocator _blocks;
    private readonly Dictionary<RequestId, Sequence> _sequences = [];
    private readonly SequenceQueue _waiting = new();
    private readonly SequenceQueue _running = new();
    private readonly BatchPlan _plan = new();
    private readonly List<Sequence> _stepped = [];
    private readonly List<Sequence> _victims = [];
    private readonly List<Sequence> _lower = [];
    private ClassLoad[] _classes = [];
    private int[] _released = [];
    private int _pausedRunning;

    /// <summary>A scheduler with no requests and all blocks free.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public BatchScheduler(BatchSchedulerOptions options)
    {
        options.Validate();
        _options = options;
        _blocks = new BlockAllocator(options.BlockCount);
    }

    public BatchSchedulerOptions Options => _options;

    /// <summary>
    /// The instance's blocks. Others may allocate, share and release blocks here too, between calls: a migration pins blocks it reads by
    /// sharing them and reserves blocks by allocating them.
    /// </summary>
    public BlockAllocator Blocks => _blocks;

    /// <summary>Requests in the batch, paused ones included.</summary>
    public int RunningCount => _running.Count;

    /// <summary>Requests in the waiting queue.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>Places of <see cref="BatchSchedulerOptions.MaxRunning"/> that admission leaves free for requests to come by <see cref="Join"/>.</summary>
    public int ReservedPlaces { get; private set; }

    /// <summary>Whether a plan was given out and not completed.</summary>
    public bool StepUnderWay { get; private set; }

    /// <summary>How often a request lost its blocks, since the start.</summary>
    public long PreemptionCount { get; private set; }

    /// <summary>Tokens of the full blocks that first admissions looked for in the prefix cache, since the start.</summary>
    public long PrefixCacheQueries { get; private set; }

    /// <summary>Tokens of them found there, whose computation was skipped.</summary>
    public long PrefixCacheHits { get; private set; }

    /// <summary>The requests here, running and waiting, in no particular order.</summary>
    public IReadOnlyCollection<RequestId> Requests => _sequences.Keys;

    /// <summary>Requests that lost their blocks when <see cref="Schedule"/> was last called, also where it planned no step.</summary>
    public IReadOnlyList<RequestId> Preempted => _plan.Preempted;

    /// <summary>Takes a request into the waiting queue, or says why not.</summary>
    /// <exception cref="ArgumentException">The request has no token, or more hashes than full blocks.</exception>
    public AdmissionResult Add(SequenceSpec spec)
    {
        if (spec.KnownTokens < 1) throw new ArgumentException($"Request {spec.Id} has {spec.KnownTokens} tokens; at least one must be known.");
        if (spec.BlockHashes.Count > spec.KnownTokens / _options.BlockSize)
        {
            throw new ArgumentException(
                $"Request {spec.Id} has {spec.BlockHashes.Count} block hashes, but only {spec.KnownTokens / _options.BlockSize} full blocks.");
        }

        if (_sequences.ContainsKey(spec.Id)) return new AdmissionResult(AdmissionRefusal.AlreadyKnown, 1, 0);
        if (spec.TokenLimit > _options.MaxContext) return new AdmissionResult(AdmissionRefusal.TooLong, spec.TokenLimit, _options.MaxContext);
        if (spec.KnownTokens >= spec.TokenLimit)
        {
            return new AdmissionResult(AdmissionRefusal.NothingToGenerate, spec.KnownTokens, spec.TokenLimit);
        }

        // The last token is sampled and never computed.
        int most = BlocksFor(spec.TokenLimit - 1);
        if (most > _options.BlockCount) return new AdmissionResult(AdmissionRefusal.NeedsMoreBlocks, most, _options.BlockCount);
        if (_waiting.Count >= _options.MaxWaiting) return new AdmissionResult(AdmissionRefusal.QueueFull, _waiting.Count + 1, _options.MaxWaiting);

        var sequence = new Sequence(spec, _options.QueueOrder, _options.PrefixCaching);
        _sequences.Add(spec.Id, sequence);
        EnterWaiting(sequence);
        return AdmissionResult.Accepted;
    }

    /// <summary>
    /// Takes a request out; false where it is not here. Blocks that a step under way writes are free when that step is completed, all
    /// others at once.
    /// </summary>
    public bool Cancel(RequestId id)
    {
        if (!_sequences.TryGetValue(id, out var sequence)) return false;

        Remove(sequence);
        return true;
    }

    /// <summary>
    /// Leaves a request out of the steps planned from now on (it keeps its blocks and its place in the order), or takes it in again; false
    /// where it is not here. A paused request holds no place of <see cref="BatchSchedulerOptions.MaxRunning"/>.
    /// </summary>
    public bool SetPaused(RequestId id, bool paused)
    {
        if (!_sequences.TryGetValue(id, out var sequence)) return false;

        if (sequence.Paused != paused)
        {
            sequence.Paused = paused;
            if (sequence.Phase == SequencePhase.Running) _pausedRunning += paused ? 1 : -1;
        }

        return true;
    }

    /// <summary>
    /// Takes a request out of the batch, or of the waiting queue, to hand it to another instance; false where it is not here or the step
    /// under way computes it. Its blocks stay its own until <see cref="PutBack"/> or <see cref="Cancel"/>.
    /// </summary>
    public bool TakeOut(RequestId id)
    {
        if (!_sequences.TryGetValue(id, out var sequence) || sequence.InStep || sequence.Phase == SequencePhase.TakenOut) return false;

        if (sequence.Phase == SequencePhase.Running) LeaveRunning(sequence);
        else LeaveWaiting(sequence, _waiting.IndexOf(sequence));
        sequence.Phase = SequencePhase.TakenOut;
        return true;
    }

    /// <summary>Puts a request that was taken out back where it was; false where none was.</summary>
    public bool PutBack(RequestId id)
    {
        if (!_sequences.TryGetValue(id, out var sequence) || sequence.Phase != SequencePhase.TakenOut) return false;

        if (sequence.BlockCount > 0) EnterRunning(sequence);
        else EnterWaiting(sequence);
        return true;
    }

    /// <summary>
    /// Holds <paramref name="blocks"/>.Length blocks, and with <paramref name="place"/> a place in the batch, for a request that comes
    /// from another instance; false, and nothing held, where they cannot be had without running requests' watermark.
    /// </summary>
    public bool TryReserve(Span<BlockId> blocks, bool place)
    {
        if (place && _running.Count - _pausedRunning + ReservedPlaces >= _options.MaxRunning) return false;
        if (blocks.Length > 0 && blocks.Length > _blocks.FreeCount - _options.WatermarkBlocks) return false;

        _blocks.TryAllocate(blocks);
        if (place) ReservedPlaces++;
        return true;
    }

    /// <summary>Gives up what <see cref="TryReserve"/> held.</summary>
    public void ReleaseReservation(ReadOnlySpan<BlockId> blocks, bool place)
    {
        foreach (var block in blocks) _blocks.Release(block);
        if (place) ReservedPlaces--;
    }

    /// <summary>
    /// Takes a request that comes from another instance into the batch, and so into the very next step, on its reserved place: its first
    /// <paramref name="computed"/> positions stand in <paramref name="blocks"/>, which become its own.
    /// </summary>
    /// <exception cref="ArgumentException">The request is here already, or its blocks do not hold all its known tokens.</exception>
    public void Join(SequenceSpec spec, int computed, ReadOnlySpan<BlockId> blocks)
    {
        if (computed < 1 || computed >= spec.KnownTokens || BlocksFor(spec.KnownTokens) > blocks.Length)
        {
            throw new ArgumentException(
                $"Request {spec.Id} comes with {computed} of {spec.KnownTokens} tokens computed and {blocks.Length} blocks of {_options.BlockSize}.");
        }

        var sequence = new Sequence(spec, _options.QueueOrder, _options.PrefixCaching) { Computed = computed };
        if (!_sequences.TryAdd(spec.Id, sequence)) throw new ArgumentException($"Request {spec.Id} is here already.");

        foreach (var block in blocks) sequence.Append(block);
        ReservedPlaces--;
        CacheComputed(sequence);
        EnterRunning(sequence);
    }

    /// <summary>
    /// Says that the next block of the request without a hash is full of known tokens, generated ones included, and what its content's
    /// hash is; so later requests, such as the next turn of a chat, find it. Call it between <see cref="Complete"/> and the next
    /// <see cref="Schedule"/>. A request that is not here is passed over.
    /// </summary>
    /// <exception cref="ArgumentException">The block is not full yet.</exception>
    public void BlockFilled(RequestId id, BlockHash hash)
    {
        if (!_options.PrefixCaching || !_sequences.TryGetValue(id, out var sequence)) return;
        if ((sequence.HashCount + 1) * _options.BlockSize > sequence.Known)
        {
            throw new ArgumentException($"Request {id} has {sequence.Known} tokens: its block {sequence.HashCount} is not full.");
        }

        sequence.AppendHash(hash);
        if (!sequence.InStep) CacheComputed(sequence);
    }

    /// <summary>
    /// Plans the next step, or returns null where nothing can run: then there is nothing to do until a request is added, resumed or
    /// cancelled, or someone else releases blocks.
    /// </summary>
    /// <exception cref="InvalidOperationException">The step planned before is not completed.</exception>
    public BatchPlan? Schedule()
    {
        if (StepUnderWay) throw new InvalidOperationException("A step is under way: complete it before the next one is planned.");

        _plan.Clear();
        _stepped.Clear();
        int budget = _options.TokenBudget;
        bool whole = _options.Prefill == PrefillMode.WholePrompt;
        AdmitUrgent(ref budget);
        if (whole)
        {
            PlanPrefills(ref budget);
            if (_plan.Preempted.Count == 0) Admit(ref budget);
        }

        if (_stepped.Count == 0) PlanDecodes(ref budget);
        if (!whole) PlanPrefills(ref budget);

        // After a preemption memory is short: admitting now would only preempt again.
        if (_stepped.Count == 0 || (!whole && _plan.Preempted.Count == 0)) Admit(ref budget);
        if (_stepped.Count == 0) return null;

        StepUnderWay = true;
        return _plan;
    }

    /// <summary>
    /// Takes in what a step did: every position it planned is computed, every item that sampled has one more known token, and the
    /// <paramref name="finished"/> requests are released. Ids that were not in the step, or were cancelled since, are passed over.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The plan is not the one under way, or a request reached its token limit and is not among the finished.
    /// </exception>
    public void Complete(BatchPlan plan, params ReadOnlySpan<RequestId> finished)
    {
        if (!StepUnderWay || !ReferenceEquals(plan, _plan)) throw new InvalidOperationException("This plan is not the step under way.");

        for (int i = 0; i < _stepped.Count; i++)
        {
            var sequence = _stepped[i];
            var item = plan.Items[i];
            sequence.Computed = item.Start + item.Count;
            if (item.Samples) sequence.Known++;
            CacheComputed(sequence);
        }

        foreach (var id in finished)
        {
            // A request that was cancelled and added again since is not the one that finished.
            if (_sequences.TryGetValue(id, out var sequence) && sequence.InStep) Remove(sequence);
        }

        StepUnderWay = false;
        foreach (var sequence in _stepped)
        {
            sequence.InStep = false;
            if (sequence.Gone)
            {
                ReleaseBlocks(sequence);
            }
            else if (sequence.Known >= sequence.Limit)
            {
                throw new InvalidOperationException(
                    $"Request {sequence.Id} has {sequence.Known} tokens, its limit, and is not among the finished requests.");
            }
        }

        _stepped.Clear();
    }

    /// <summary>How far a request is; false where it is not here.</summary>
    public bool TryGetStatus(RequestId id, out SequenceStatus status)
    {
        bool found = _sequences.TryGetValue(id, out var sequence);
        status = sequence is null
            ? default
            : new SequenceStatus(
                sequence.Phase, sequence.Paused, sequence.Priority, sequence.Known, sequence.Computed, sequence.BlockCount, sequence.Preemptions);
        return found;
    }

    /// <summary>The request's block table, empty while it waits or where it is not here; valid until the next call.</summary>
    public ReadOnlySpan<BlockId> BlockTable(RequestId id) => _sequences.TryGetValue(id, out var sequence) ? sequence.Blocks : [];

    /// <summary>What <paramref name="priority"/>'s requests have here.</summary>
    public ClassLoad LoadOf(Priority priority) => priority.Rank < _classes.Length ? _classes[priority.Rank] : default;

    /// <summary>The load now, for a report.</summary>
    public BatchLoad Load()
    {
        int demand = 0;
        foreach (var load in _classes) demand += load.WaitingDemand;
        return new BatchLoad
        {
            TotalBlocks = _blocks.BlockCount,
            FreeBlocks = _blocks.FreeCount,
            BlockSize = _options.BlockSize,
            Running = _running.Count,
            MaxRunning = _options.MaxRunning,
            Waiting = _waiting.Count,
            MaxWaiting = _options.MaxWaiting,
            WatermarkBlocks = _options.WatermarkBlocks,
            WaitingDemand = demand,
            HeadOfLineDemand = _waiting.Count == 0 ? 0 : BlocksFor(_waiting[0].Known),
            SmallestRunning = SmallestRunning(),
            Classes = [.. _classes],
        };
    }

    private int SmallestRunning()
    {
        int last = _running.Count - 1;
        if (last < 0) return 0;

        int smallest = int.MaxValue;
        for (int i = last; i >= 0 && _running[i].Priority == _running[last].Priority; i--) smallest = Math.Min(smallest, _running[i].BlockCount);
        return smallest;
    }

    /// <summary>
    /// Counts every block's owners: the requests here, and those who hold blocks beside them. Each reference must have its owner; a block
    /// that is reserved has one only, and so has one that is still written: only full blocks with a hash are in several tables.
    /// </summary>
    /// <param name="reserved">Blocks held by <see cref="TryReserve"/>.</param>
    /// <param name="pinned">Blocks shared by others while they read them.</param>
    public BlockAudit Audit(IEnumerable<BlockId> reserved, IEnumerable<BlockId> pinned)
    {
        var tables = new int[_blocks.BlockCount];
        var reservations = new int[_blocks.BlockCount];
        var pins = new int[_blocks.BlockCount];
        // Those cancelled in the step under way hold theirs until it ends.
        foreach (var sequence in _sequences.Values.Concat(_stepped.Where(static sequence => sequence.Gone)))
        {
            foreach (var block in sequence.Blocks) tables[block.Index]++;
        }

        foreach (var block in reserved) reservations[block.Index]++;
        foreach (var block in pinned) pins[block.Index]++;

        var problems = new List<string>();
        for (int i = 0; i < tables.Length; i++)
        {
            int references = _blocks.References(new BlockId(i));
            int owners = tables[i] + reservations[i] + pins[i];
            if (references != owners)
                problems.Add($"Block {i} has {references} references, but {tables[i]} tables, {reservations[i]} reservations and {pins[i]} readers hold it.");
            else if (reservations[i] > 0 && owners > 1)
                problems.Add($"Block {i} is reserved, but {tables[i]} tables, {reservations[i]} reservations and {pins[i]} readers hold it.");
            else if (tables[i] > 1 && !_blocks.IsCached(new BlockId(i)))
                problems.Add($"Block {i} is in {tables[i]} tables, but is not a full block with a hash.");
        }

        return new BlockAudit(
            _blocks.BlockCount,
            _blocks.FreeCount,
            tables.Count(static count => count > 0),
            reservations.Count(static count => count > 0),
            pins.Count(static count => count > 0),
            problems);
    }

    private int BlocksFor(int tokens) => (tokens + _options.BlockSize - 1) / _options.BlockSize;

    private void PlanDecodes(ref int budget)
    {
        for (int i = 0; i < _running.Count && _stepped.Count < _options.MaxRunning; i++)
        {
            var sequence = _running[i];
            if (!sequence.Paused && sequence.Remaining == 1 && Grow(sequence, ref i)) Plan(sequence, 1, ref budget);
        }
    }

    private void PlanPrefills(ref int budget)
    {
        for (int i = 0; i < _running.Count && budget > 0 && _stepped.Count < _options.MaxRunning; i++)
        {
            var sequence = _running[i];
            if (!sequence.Paused && !sequence.InStep && sequence.Remaining > 1 && MayPrefill(sequence.Remaining, budget))
            {
                Plan(sequence, Math.Min(budget, sequence.Remaining), ref budget);
            }
        }
    }

    /// <summary>Whether a prompt with so many tokens left to compute may go into a step with so much budget left.</summary>
    private bool MayPrefill(int remaining, int budget) => _options.Prefill == PrefillMode.Chunked || remaining <= budget;

    private void Admit(ref int budget)
    {
        int next = 0;
        while (budget > 0 && next < _waiting.Count && _running.Count - _pausedRunning + ReservedPlaces < _options.MaxRunning)
        {
            var sequence = _waiting[next];
            if (sequence.Paused || IsAwaiting(sequence))
            {
                next++;
                continue;
            }

            int needed = BlocksFor(sequence.Known);
            int room = _blocks.FreeCount - (_running.Count > _pausedRunning ? _options.WatermarkBlocks : 0);

            // Before any look-up: not even the largest hit would make it fit.
            if (needed - Shareable(sequence) > room) return;

            int hits = FindHits(sequence, out int idleHits);
            if (hits < Shareable(sequence) && Await(sequence, hits))
            {
                next++;
                continue;
            }

            if (needed - hits + idleHits > room) return;
            if (!MayPrefill(sequence.Known - hits * _options.BlockSize, budget)) return;

            Start(sequence, next, hits);
            Plan(sequence, Math.Min(budget, sequence.Remaining), ref budget);
        }
    }

    /// <summary>
    /// Admits the first waiting requests whose class preempts lower ones, ahead of all else while lower ones run: these make room where
    /// blocks or a place are missing, the last in the order of service first, but only if together they can make enough. Whole prompts are
    /// planned at once; chunks with those of the other running requests, after the decodes.
    /// </summary>
    private void AdmitUrgent(ref int budget)
    {
        if (_options.PreemptsLower.Count == 0) return;

        int next = 0;
        int left = budget;
        while (left > 0 && next < _waiting.Count && _running.Count > 0)
        {
            var sequence = _waiting[next];
            if (sequence.Paused || IsAwaiting(sequence))
            {
                next++;
                continue;
            }

            if (!PreemptsLower(sequence.Priority) || _running[_running.Count - 1].Priority.CompareTo(sequence.Priority) <= 0) return;

            int hits = FindHits(sequence, out int idleHits);
            if (hits < Shareable(sequence) && Await(sequence, hits))
            {
                next++;
                continue;
            }

            int remaining = sequence.Known - hits * _options.BlockSize;
            if (!MayPrefill(remaining, left) || !TryChooseVictims(sequence, hits, idleHits)) return;

            // Those behind them come into the queue behind the request, so its index stays.
            foreach (var victim in _victims) Preempt(victim);
            Start(sequence, next, hits);
            left -= remaining;
            if (_options.Prefill == PrefillMode.WholePrompt) Plan(sequence, remaining, ref budget);
        }
    }

    private bool PreemptsLower(Priority priority) => priority.Rank < _options.PreemptsLower.Count && _options.PreemptsLower[priority.Rank];

    /// <summary>
    /// Finds whom to preempt, if anybody, so that <paramref name="sequence"/> can start; false where all together would not do.
    /// </summary>
    private bool TryChooseVictims(Sequence sequence, int hits, int idleHits)
    {
        _victims.Clear();
        int missing = BlocksFor(sequence.Known) - hits + idleHits - _blocks.FreeCount;
        int stepping = _running.Count - _pausedRunning;
        bool HasBlocks() => missing + (stepping > 0 ? _options.WatermarkBlocks : 0) <= 0;
        bool HasPlace() => stepping + ReservedPlaces < _options.MaxRunning;
        if (HasBlocks() && HasPlace()) return true;

        ListLower(sequence.Priority);
        foreach (var victim in _lower)
        {
            // A paused one has blocks to give and no place.
            if (victim.Paused && HasBlocks()) continue;

            _victims.Add(victim);
            missing -= CountReleased(victim, sequence, hits);
            if (!victim.Paused) stepping--;
            if (HasBlocks() && HasPlace()) break;
        }

        foreach (var victim in _victims)
        {
            foreach (var block in victim.Blocks) _released[block.Index] = 0;
        }

        return HasBlocks() && HasPlace();
    }

    /// <summary>Puts the running requests of classes below <paramref name="above"/> into the list, in the order of <see cref="LastInOrder"/>.</summary>
    private void ListLower(Priority above)
    {
        _lower.Clear();
        int end = _running.Count;
        while (end > 0 && _running[end - 1].Priority.CompareTo(above) > 0)
        {
            int start = end - 1;
            while (start > 0 && _running[start - 1].Priority == _running[start].Priority) start--;
            for (int i = end - 1; i >= start; i--)
            {
                if (_running[i].Paused) _lower.Add(_running[i]);
            }

            for (int i = end - 1; i >= start; i--)
            {
                if (!_running[i].Paused) _lower.Add(_running[i]);
            }

            end = start;
        }
    }

    /// <summary>
    /// Blocks that are free for <paramref name="sequence"/> once <paramref name="victim"/> gives its own up, after those chosen before it;
    /// of what the two share the request itself still has need.
    /// </summary>
    private int CountReleased(Sequence victim, Sequence sequence, int hits)
    {
        if (_released.Length == 0) _released = new int[_blocks.BlockCount];

        int count = 0;
        var blocks = victim.Blocks;
        for (int i = 0; i < blocks.Length; i++)
        {
            if (++_released[blocks[i].Index] < _blocks.References(blocks[i])) continue;
            if (i < hits && _blocks.TryFind(sequence.Hash(i), out var hit) && hit == blocks[i]) continue;

            count++;
        }

        return count;
    }

    /// <summary>How many of its blocks could come from the prefix cache: its last token is always computed.</summary>
    private int Shareable(Sequence sequence) => Math.Min(sequence.HashCount, (sequence.Known - 1) / _options.BlockSize);

    /// <summary>How many of its first blocks are in the prefix cache, and how many of those count as free until it has them.</summary>
    private int FindHits(Sequence sequence, out int idle)
    {
        int shareable = Shareable(sequence);
        int hits = 0;
        idle = 0;
        while (hits < shareable && _blocks.TryFind(sequence.Hash(hits), out var block))
        {
            if (_blocks.References(block) == 0) idle++;
            hits++;
        }

        return hits;
    }

    private void Start(Sequence sequence, int index, int hits)
    {
        int needed = BlocksFor(sequence.Known);
        LeaveWaiting(sequence, index);
        sequence.EnsureCapacity(needed);

        // All hits first: an allocation may evict a hit that has no reference yet.
        for (int i = 0; i < hits; i++)
        {
            _blocks.TryFind(sequence.Hash(i), out var block);
            _blocks.Share(block);
            sequence.Append(block);
        }

        for (int i = hits; i < needed; i++)
        {
            if (!_blocks.TryAllocate(out var block)) throw new InvalidOperationException($"Request {sequence.Id} was admitted without room for its {needed} blocks.");
            sequence.Append(block);
        }

        sequence.Cached = hits;
        sequence.Computed = hits * _options.BlockSize;
        if (sequence.Preemptions == 0)
        {
            PrefixCacheQueries += (long)Shareable(sequence) * _options.BlockSize;
            PrefixCacheHits += (long)hits * _options.BlockSize;
        }

        _plan.AddAdmitted(sequence.Id);
        EnterRunning(sequence);
    }

    /// <summary>Whether what <paramref name="sequence"/> was found to wait for is still to come.</summary>
    private bool IsAwaiting(Sequence sequence)
    {
        if (sequence.Awaited is not { } other) return false;
        if (other.WillCompute(sequence.AwaitedBlock, sequence.Hash(sequence.AwaitedBlock), _options.BlockSize)) return true;

        sequence.Awaited = null;
        return false;
    }

    /// <summary>Lets <paramref name="sequence"/> wait where a running request is about to compute the block it needs next.</summary>
    private bool Await(Sequence sequence, int block)
    {
        var hash = sequence.Hash(block);
        for (int i = 0; i < _running.Count; i++)
        {
            if (!_running[i].WillCompute(block, hash, _options.BlockSize)) continue;

            sequence.Awaited = _running[i];
            sequence.AwaitedBlock = block;
            return true;
        }

        return false;
    }

    /// <summary>
    /// Gives <paramref name="sequence"/>, at <paramref name="index"/> of the running ones, the block of its last known token; false where
    /// it had to give up its own blocks. Keeps the index pointing at it, or before the one that follows.
    /// </summary>
    private bool Grow(Sequence sequence, ref int index)
    {
        int needed = BlocksFor(sequence.Known);
        while (sequence.BlockCount < needed)
        {
            if (_blocks.TryAllocate(out var block))
            {
                sequence.Append(block);
                ref var load = ref ClassOf(sequence.Priority);
                load = load with { PhysicalUsage = load.PhysicalUsage + 1 };
                continue;
            }

            int victim = LastInOrder();
            if (victim <= index) index--;
            bool self = ReferenceEquals(_running[victim], sequence);
            Preempt(_running[victim]);
            if (self) return false;
        }

        return true;
    }

    /// <summary>
    /// Whom to preempt: the lowest class, in it a paused one, then the latest. Requests already in the plan come before the one in need,
    /// and are not paused, so they are never it.
    /// </summary>
    private int LastInOrder()
    {
        int last = _running.Count - 1;
        if (_pausedRunning == 0 || _running[last].Paused) return last;

        var lowest = _running[last].Priority;
        for (int i = last - 1; i >= 0 && _running[i].Priority == lowest; i--)
        {
            if (_running[i].Paused) return i;
        }

        return last;
    }

    private void Preempt(Sequence sequence)
    {
        LeaveRunning(sequence);
        ReleaseBlocks(sequence);
        sequence.Preemptions++;
        PreemptionCount++;
        _plan.AddPreempted(sequence.Id);
        EnterWaiting(sequence);
    }

    private void Plan(Sequence sequence, int count, ref int budget)
    {
        int end = sequence.Computed + count;
        var table = MemoryMarshal.Cast<BlockId, int>(sequence.Blocks[..BlocksFor(end)]);
        _plan.Add(sequence.Id, sequence.Computed, count, end == sequence.Known, table);
        _stepped.Add(sequence);
        sequence.InStep = true;
        budget -= count;
    }

    private void CacheComputed(Sequence sequence)
    {
        int full = Math.Min(sequence.HashCount, sequence.Computed / _options.BlockSize);
        for (; sequence.Cached < full; sequence.Cached++)
        {
            _blocks.TryCache(sequence.Blocks[sequence.Cached], sequence.Hash(sequence.Cached));
        }
    }

    private void Remove(Sequence sequence)
    {
        _sequences.Remove(sequence.Id);
        if (sequence.Phase == SequencePhase.Waiting)
        {
            LeaveWaiting(sequence, _waiting.IndexOf(sequence));
            return;
        }

        if (sequence.Phase == SequencePhase.Running) LeaveRunning(sequence);
        sequence.Gone = true;
        if (!sequence.InStep) ReleaseBlocks(sequence);
    }

    /// <summary>The last block first, so that of a prefix kept in the cache the end is evicted before the beginning.</summary>
    private void ReleaseBlocks(Sequence sequence)
    {
        var blocks = sequence.Blocks;
        for (int i = blocks.Length - 1; i >= 0; i--) _blocks.Release(blocks[i]);
        sequence.ClearBlocks();
        sequence.Cached = 0;
        sequence.Computed = 0;
    }

    private void EnterWaiting(Sequence sequence)
    {
        sequence.Phase = SequencePhase.Waiting;
        sequence.Awaited = null;
        _waiting.Add(sequence);
        ref var load = ref ClassOf(sequence.Priority);
        load = load with { Waiting = load.Waiting + 1, WaitingDemand = load.WaitingDemand + BlocksFor(sequence.Known) };
    }

    private void LeaveWaiting(Sequence sequence, int index)
    {
        _waiting.RemoveAt(index);
        sequence.Awaited = null;
        ref var load = ref ClassOf(sequence.Priority);
        load = load with { Waiting = load.Waiting - 1, WaitingDemand = load.WaitingDemand - BlocksFor(sequence.Known) };
    }

    private void EnterRunning(Sequence sequence)
    {
        sequence.Phase = SequencePhase.Running;
        _running.Add(sequence);
        if (sequence.Paused) _pausedRunning++;
        ref var load = ref ClassOf(sequence.Priority);
        load = load with { Running = load.Running + 1, PhysicalUsage = load.PhysicalUsage + sequence.BlockCount };
    }

    private void LeaveRunning(Sequence sequence)
    {
        _running.Remove(sequence);
        if (sequence.Paused) _pausedRunning--;
        ref var load = ref ClassOf(sequence.Priority);
        load = load with { Running = load.Running - 1, PhysicalUsage = load.PhysicalUsage - sequence.BlockCount };
    }

    private ref ClassLoad ClassOf(Priority priority)
    {
        if (priority.Rank >= _classes.Length) Array.Resize(ref _classes, priority.Rank + 1);
        return ref _classes[priority.Rank];
    }
}

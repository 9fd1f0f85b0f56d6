using System.Text;
using CsCheck;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Memory;
using Llumnix.Scheduling.Queues;

namespace Llumnix.Scheduling.Tests.Batching;

/// <summary>
/// Random calls against a device that really writes: each position of KV memory holds a fingerprint of all tokens up to it, so a block
/// that is overwritten, shared wrongly, freed too early or missing from a table shows as a wrong fingerprint.
/// </summary>
public sealed class BatchSchedulerPropertyTests
{
    private static readonly Gen<BatchSchedulerOptions> Options = Gen.Select(
        Gen.Int[4, 40], Gen.Int[1, 5], Gen.Int[1, 6], Gen.Int[0, 20], Gen.Int[0, 3], Gen.Bool, Gen.Bool, Gen.Int[0, 7],
        (blocks, blockSize, running, extra, watermark, caching, whole, classes) => new BatchSchedulerOptions
        {
            BlockCount = blocks,
            BlockSize = blockSize,
            MaxRunning = running,
            Prefill = whole ? PrefillMode.WholePrompt : PrefillMode.Chunked,
            TokenBudget = (whole ? 80 : running) + extra,
            MaxWaiting = 12,
            MaxContext = 80,
            Watermark = watermark * 0.1,
            PrefixCaching = caching,
            QueueOrder = classes > 5 ? new ShortestPromptFirstOrder(2) : PriorityArrivalOrder.Instance,
            PreemptsLower = [(classes & 1) != 0, (classes & 2) != 0],
        });

    private static readonly Gen<(int Kind, int Choice)[]> Operations = Gen.Select(Gen.Int[0, 15], Gen.Int[0, 1_000_000]).Array[1, 150];

    [Fact]
    public void Whatever_is_added_cancelled_and_paused_memory_stays_right_limits_hold_and_all_ends()
    {
        var met = new HashSet<string>();
        Gen.Select(Options, Operations).Sample((options, operations) =>
        {
            var world = new World(options);
            foreach (var (kind, choice) in operations) world.Do(kind, choice);
            world.RunToTheEnd();
            lock (met) met.UnionWith(world.Met);
        }, iter: 400);

        // What the test is about does happen in it.
        string[] rare = ["preempted", "shared", "QueueFull", "NeedsMoreBlocks", "TooLong", "cancelled in a step", "waits for a sibling", "paused", "whole prompts ahead of decodes", "preempted for an urgent one", "preempted for a place"];
        Assert.Empty(rare.Except(met));
    }

    [Fact]
    public void Equal_calls_give_equal_plans() =>
        Gen.Select(Options, Operations).Sample((options, operations) =>
        {
            string Trace()
            {
                var world = new World(options);
                foreach (var (kind, choice) in operations) world.Do(kind, choice);
                world.RunToTheEnd();
                return world.Trace;
            }

            Assert.Equal(Trace(), Trace());
        }, iter: 50);

    private sealed class Request
    {
        public required SequenceSpec Spec { get; init; }

        public required List<int> Tokens { get; init; }

        public bool Paused { get; set; }

        /// <summary>Hash of the last full block told to the scheduler, and how many were.</summary>
        public BlockHash LastHash { get; set; }

        public int Hashed { get; set; }
    }

    private sealed class World
    {
        private static readonly BlockHash Root = BlockHash.Root("m");
        private readonly BatchSchedulerOptions _options;
        private readonly BatchScheduler _scheduler;
        private readonly Dictionary<RequestId, Request> _requests = [];
        private readonly List<Request> _doomed = [];
        private readonly ulong[] _memory;
        private readonly StringBuilder _trace = new();
        private BatchPlan? _plan;
        private ulong _lastId;
        private long _queries;

        public World(BatchSchedulerOptions options)
        {
            _options = options;
            _scheduler = new BatchScheduler(options);
            _memory = new ulong[options.BlockCount * options.BlockSize];
        }

        public HashSet<string> Met { get; } = [];

        public string Trace => _trace.ToString();

        public void Do(int kind, int choice)
        {
            var ids = _requests.Keys.Order().ToArray();
            var some = ids.Length == 0 ? default : ids[choice % ids.Length];
            switch (kind)
            {
                case < 4:
                    Add(choice);
                    break;
                case 4 when ids.Length > 0:
                    Cancel(some);
                    break;
                case 5 when ids.Length > 0:
                    _requests[some].Paused = !_requests[some].Paused;
                    Assert.True(_scheduler.SetPaused(some, _requests[some].Paused));
                    Met.Add("paused");
                    break;
                case < 11 when _plan is null:
                    Schedule();
                    break;
                default:
                    if (_plan is not null) Complete(choice);
                    break;
            }

            CheckAccounts();
        }

        public void RunToTheEnd()
        {
            foreach (var (id, request) in _requests)
            {
                request.Paused = false;
                _scheduler.SetPaused(id, false);
            }

            if (_plan is not null) Complete(choice: 1);

            // The first in order advances in every step; another may have to begin again each time one before it ends.
            int bound = (_requests.Count + 1) * _requests.Values.Sum(request => request.Spec.TokenLimit) + 1;
            while (_requests.Count > 0)
            {
                Assert.True(bound-- > 0, "The requests do not end.");
                Assert.True(Schedule(), "Requests wait, and nothing can run.");
                Complete(choice: 1);
                CheckAccounts();
            }

            Assert.Equal((0, 0, _options.BlockCount), (_scheduler.RunningCount, _scheduler.WaitingCount, _scheduler.Blocks.FreeCount));
            Assert.Null(_scheduler.Schedule());
        }

        private void Add(int choice)
        {
            // Few distinct tokens in runs: many prompts have long prefixes in common.
            int family = choice % 3;
            int known = 1 + choice / 3 % 30;
            int divergence = choice / 90 % 40;
            var tokens = Enumerable.Range(0, known).Select(i => i < divergence ? family : family + i + choice % 7).ToList();
            int limit = known + 1 + choice / 3600 % 30 + (choice % 11 == 0 ? 60 : 0);
            int full = tokens.Count / _options.BlockSize;
            var hashes = choice % 13 == 0 ? [] : BlockHash.Chain(Root, tokens.ToArray(), _options.BlockSize);
            var spec = new SequenceSpec(new RequestId(0, ++_lastId << 16), new Priority((byte)(choice / 7 % 3)), choice % 50, known, limit, hashes);
            int most = (limit - 1 + _options.BlockSize - 1) / _options.BlockSize;
            var expected = limit > _options.MaxContext ? AdmissionRefusal.TooLong
                : most > _options.BlockCount ? AdmissionRefusal.NeedsMoreBlocks
                : _scheduler.WaitingCount >= _options.MaxWaiting ? AdmissionRefusal.QueueFull
                : AdmissionRefusal.None;
            var result = _scheduler.Add(spec);
            Assert.Equal(expected, result.Refusal);
            Met.Add(result.Refusal.ToString());
            if (!result.IsAccepted) return;

            Assert.Equal(AdmissionRefusal.AlreadyKnown, _scheduler.Add(spec).Refusal);
            _requests.Add(spec.Id, new Request
            {
                Spec = spec,
                Tokens = tokens,
                Hashed = hashes.Length == 0 ? -1 : full,
                LastHash = hashes.Length == 0 ? Root : hashes[^1],
            });
        }

        private void Cancel(RequestId id)
        {
            int[] blocks = [.. _scheduler.BlockTable(id).ToArray().Select(block => block.Index)];
            bool inStep = _plan?.Items.Any(item => item.Id == id) == true;
            var request = _requests[id];
            Assert.True(_scheduler.Cancel(id));
            Assert.False(_scheduler.Cancel(id));
            _requests.Remove(id);
            if (!inStep) return;

            Met.Add("cancelled in a step");
            _doomed.Add(request);
            Assert.All(blocks, block => Assert.True(_scheduler.Blocks.References(new BlockId(block)) > 0, "A block the device writes was freed."));
        }

        private bool Schedule()
        {
            var before = _requests.Keys.ToDictionary(id => id, Status);
            _plan = _scheduler.Schedule();
            if (_plan is null)
            {
                Assert.False(_scheduler.StepUnderWay);
                return false;
            }

            Assert.InRange(_plan.Items.Count, 1, _options.MaxRunning);
            Assert.InRange(_plan.TokenCount, 1, _options.TokenBudget);
            Assert.Equal(_plan.Items.Count, _plan.Items.Select(item => item.Id).Distinct().Count());
            foreach (var item in _plan.Items) CheckItem(item, before[item.Id]);
            CheckOrder(_plan, before);
            CheckPrompts(_plan, before);
            CheckPreemptions(_plan, before);
            CheckUrgent();
            foreach (var item in _plan.Items) _trace.Append(item).AppendJoin(',', _plan.BlockTable(item).ToArray());
            _trace.AppendJoin(',', _plan.Preempted).AppendLine();
            return true;
        }

        private void CheckItem(BatchItem item, SequenceStatus before)
        {
            var request = _requests[item.Id];
            var table = _plan!.BlockTable(item);
            Assert.False(request.Paused);
            Assert.Equal((item.Start + item.Count + _options.BlockSize - 1) / _options.BlockSize, table.Length);
            Assert.Equal(item.Start + item.Count == request.Tokens.Count, item.Samples);
            Assert.InRange(item.Start + item.Count, item.Start + 1, request.Tokens.Count);
            if (before.Phase == SequencePhase.Running)
            {
                Assert.Equal(before.ComputedTokens, item.Start);
            }
            else if (item.Start > 0)
            {
                Met.Add("shared");
                Assert.True(_options.PrefixCaching && item.Start % _options.BlockSize == 0);
            }

            var prints = Fingerprints(request.Tokens);
            for (int position = 0; position < item.Start; position++)
            {
                Assert.True(_memory[Cell(table, position)] == prints[position], $"Position {position} of {item.Id} holds something else.");
            }

            for (int position = item.Start; position < item.Start + item.Count; position++)
            {
                var block = new BlockId(table[position / _options.BlockSize]);
                Assert.True(_scheduler.Blocks.References(block) == 1, "A block is written that someone else refers to.");
            }
        }

        /// <summary>
        /// Nobody overtakes: whoever is still waiting, could run, and comes before one that was admitted in this step, must be waiting for
        /// blocks that a request in the batch is about to compute, or was until it had to go in this very step.
        /// </summary>
        private void CheckOrder(BatchPlan plan, Dictionary<RequestId, SequenceStatus> before)
        {
            var admitted = plan.Items.Where(item => before[item.Id].Phase == SequencePhase.Waiting).Select(item => _requests[item.Id].Spec).ToArray();
            foreach (var (id, request) in _requests)
            {
                if (request.Paused || Status(id).Phase != SequencePhase.Waiting) continue;
                if (!admitted.Any(other => Order(request.Spec, other) < 0)) continue;

                Met.Add("waits for a sibling");
                Assert.Contains(_requests.Values, other =>
                    (plan.Preempted.Contains(other.Spec.Id) ? before[other.Spec.Id] : Status(other.Spec.Id)) is { Phase: SequencePhase.Running } status
                    && CommonPrefix(other.Tokens, request.Tokens) / _options.BlockSize * _options.BlockSize > 0
                    && status.ComputedTokens < CommonPrefix(other.Tokens, request.Tokens));
            }

            // Among those that decode, and among those admitted, the plan keeps the order.
            var decodes = plan.Items.TakeWhile(item => before[item.Id].Phase == SequencePhase.Running && item.Count == 1 && item.Samples);
            Assert.All(decodes.Zip(decodes.Skip(1)), pair => Assert.True(Order(_requests[pair.First.Id].Spec, _requests[pair.Second.Id].Spec) < 0));
            foreach (var part in plan.Items.Where(item => before[item.Id].Phase == SequencePhase.Waiting).GroupBy(item => item is { Count: 1, Samples: true }))
            {
                // One admitted with a single token left goes with the decodes.
                var specs = part.Select(item => _requests[item.Id].Spec).ToArray();
                Assert.All(specs.Zip(specs.Skip(1)), pair => Assert.True(Order(pair.First, pair.Second) < 0));
            }
        }

        /// <summary>With whole prompts, every prompt is computed at once, and no decode shares its step or goes ahead of it.</summary>
        private void CheckPrompts(BatchPlan plan, Dictionary<RequestId, SequenceStatus> before)
        {
            if (_options.Prefill != PrefillMode.WholePrompt) return;

            Assert.All(plan.Items, item => Assert.True(item.Samples));
            var prompts = plan.Items.Where(item => before[item.Id].Phase == SequencePhase.Waiting).ToArray();
            Assert.Contains(prompts.Length, (int[])[0, plan.Items.Count]);
            if (prompts.Length > 0 && before.Values.Any(status => status.Phase == SequencePhase.Running)) Met.Add("whole prompts ahead of decodes");
        }

        /// <summary>Nobody that stays is less urgent than one that had to go, and a paused one goes first in its class.</summary>
        private void CheckPreemptions(BatchPlan plan, Dictionary<RequestId, SequenceStatus> before)
        {
            var admitted = _requests.Values
                .Where(request => before[request.Spec.Id].Phase == SequencePhase.Waiting && Status(request.Spec.Id).Phase == SequencePhase.Running)
                .Select(request => request.Spec.Priority)
                .Where(PreemptsLower)
                .ToArray();
            foreach (var id in plan.Preempted)
            {
                Met.Add("preempted");
                var gone = _requests[id];
                if (admitted.Any(urgent => urgent.CompareTo(gone.Spec.Priority) < 0)) Met.Add("preempted for an urgent one");
                Assert.Equal(
                    new SequenceStatus(SequencePhase.Waiting, gone.Paused, gone.Spec.Priority, gone.Tokens.Count, 0, 0, before[id].Preemptions + 1),
                    Status(id));
                foreach (var (otherId, other) in _requests)
                {
                    if (Status(otherId).Phase != SequencePhase.Running || before[otherId].Phase != SequencePhase.Running) continue;

                    if (other.Paused && !gone.Paused && other.Spec.Priority.CompareTo(gone.Spec.Priority) >= 0 && admitted.Any(urgent => urgent.CompareTo(gone.Spec.Priority) < 0))
                    {
                        // Only a place was needed, which a paused one does not hold.
                        Met.Add("preempted for a place");
                        continue;
                    }

                    Assert.True(other.Spec.Priority.CompareTo(gone.Spec.Priority) <= 0, "A less urgent request kept its blocks.");
                    if (other.Spec.Priority == gone.Spec.Priority && gone.Paused == other.Paused) Assert.True(Order(other.Spec, gone.Spec) < 0);
                    if (other.Spec.Priority == gone.Spec.Priority && !gone.Paused) Assert.False(other.Paused);
                }
            }
        }

        /// <summary>One that may preempt waits for those of its own class and above only, or for a prefix that is being computed.</summary>
        private void CheckUrgent()
        {
            var first = _requests.Values
                .Where(request => !request.Paused && Status(request.Spec.Id).Phase == SequencePhase.Waiting)
                .Order(Comparer<Request>.Create((left, right) => Order(left.Spec, right.Spec)))
                .FirstOrDefault();
            if (first is null || !PreemptsLower(first.Spec.Priority)) return;

            Assert.True(
                _requests.Values.Any(other =>
                    (Status(other.Spec.Id).Phase == SequencePhase.Running || _plan!.Preempted.Contains(other.Spec.Id))
                    && (other.Spec.Priority.CompareTo(first.Spec.Priority) <= 0 || CommonPrefix(other.Tokens, first.Tokens) >= _options.BlockSize)),
                "A request that may preempt waits while only lower ones run.");
        }

        private bool PreemptsLower(Priority priority) => _options.PreemptsLower.ElementAtOrDefault(priority.Rank);

        private void Complete(int choice)
        {
            var plan = _plan!;
            _plan = null;
            foreach (var item in plan.Items)
            {
                var request = _requests.GetValueOrDefault(item.Id) ?? _doomed.First(doomed => doomed.Spec.Id == item.Id);
                var prints = Fingerprints(request.Tokens);
                var table = plan.BlockTable(item);
                for (int position = item.Start; position < item.Start + item.Count; position++) _memory[Cell(table, position)] = prints[position];
            }

            _doomed.Clear();
            var finished = new List<RequestId>();
            var filled = new List<(RequestId, BlockHash)>();
            foreach (var item in plan.Items)
            {
                if (!item.Samples || !_requests.TryGetValue(item.Id, out var request)) continue;

                request.Tokens.Add((int)(Fingerprints(request.Tokens)[^1] % 3));
                if (request.Tokens.Count == request.Spec.TokenLimit || choice % 17 == 0)
                {
                    finished.Add(item.Id);
                    _requests.Remove(item.Id);
                }
                else if (request.Hashed >= 0 && request.Tokens.Count == (request.Hashed + 1) * _options.BlockSize)
                {
                    request.LastHash = request.LastHash.Next(request.Tokens.ToArray().AsSpan(request.Hashed * _options.BlockSize));
                    request.Hashed++;
                    filled.Add((item.Id, request.LastHash));
                }
            }

            _scheduler.Complete(plan, finished.ToArray());
            foreach (var (id, hash) in filled) _scheduler.BlockFilled(id, hash);
        }

        private void CheckAccounts()
        {
            var references = new int[_options.BlockCount];
            var classes = new Dictionary<Priority, ClassLoad>();
            int doomed = _doomed.Count;
            foreach (var (id, request) in _requests)
            {
                var status = Status(id);
                var table = _scheduler.BlockTable(id);
                Assert.Equal((request.Tokens.Count, table.Length, request.Paused), (status.KnownTokens, status.BlockCount, status.Paused));
                Assert.Equal(table.Length, table.ToArray().Distinct().Count());
                Assert.True(table.Length * _options.BlockSize >= status.ComputedTokens);
                foreach (var block in table) references[block.Index]++;
                var load = classes.GetValueOrDefault(request.Spec.Priority);
                int demand = (request.Tokens.Count + _options.BlockSize - 1) / _options.BlockSize;
                classes[request.Spec.Priority] = status.Phase == SequencePhase.Running
                    ? load with { Running = load.Running + 1, PhysicalUsage = load.PhysicalUsage + table.Length }
                    : load with { Waiting = load.Waiting + 1, WaitingDemand = load.WaitingDemand + demand };
            }

            int held = Enumerable.Range(0, _options.BlockCount).Sum(block => _scheduler.Blocks.References(new BlockId(block)));
            if (doomed == 0)
            {
                Assert.All(references, (count, block) => Assert.Equal(count, _scheduler.Blocks.References(new BlockId(block))));
            }
            else
            {
                Assert.True(held > references.Sum(), "Blocks of a cancelled request were freed within its step.");
            }

            var now = _scheduler.Load();
            foreach (var (priority, load) in classes) Assert.Equal(load, now.Of(priority));
            Assert.Equal(classes.Values.Sum(load => load.Running), now.Running);
            Assert.Equal(classes.Values.Sum(load => load.Waiting), now.Waiting);
            Assert.Equal(classes.Values.Sum(load => load.WaitingDemand), now.WaitingDemand);
            var lowest = _requests.Keys.Select(Status).Where(status => status.Phase == SequencePhase.Running).GroupBy(status => status.Priority).MaxBy(group => group.Key);
            Assert.Equal(lowest?.Min(status => status.BlockCount) ?? 0, now.SmallestRunning);
            Assert.Equal(now.Waiting > 0, now.HeadOfLineDemand > 0);
            Assert.Equal(_requests.Count, _scheduler.Requests.Count);
            Assert.InRange(_scheduler.PrefixCacheQueries, _queries, long.MaxValue);
            Assert.InRange(_scheduler.PrefixCacheHits, 0, _scheduler.PrefixCacheQueries);
            _queries = _scheduler.PrefixCacheQueries;
        }

        private SequenceStatus Status(RequestId id)
        {
            Assert.True(_scheduler.TryGetStatus(id, out var status));
            return status;
        }

        private int Cell(ReadOnlySpan<int> table, int position) => table[position / _options.BlockSize] * _options.BlockSize + position % _options.BlockSize;

        private int Order(SequenceSpec left, SequenceSpec right)
        {
            long Place(SequenceSpec spec) => _options.QueueOrder.PlaceOf(new QueuedRequest(spec.Priority, spec.Arrival, spec.PromptTokens));
            int order = left.Priority.CompareTo(right.Priority);
            if (order == 0) order = Place(left).CompareTo(Place(right));
            if (order == 0) order = left.Arrival.CompareTo(right.Arrival);
            return order == 0 ? left.Id.CompareTo(right.Id) : order;
        }

        private static int CommonPrefix(List<int> left, List<int> right) => left.Zip(right).TakeWhile(pair => pair.First == pair.Second).Count();

        private static ulong[] Fingerprints(List<int> tokens)
        {
            var prints = new ulong[tokens.Count];
            ulong last = 14695981039346656037;
            for (int i = 0; i < prints.Length; i++) prints[i] = last = (last ^ (uint)tokens[i]) * 1099511628211 + 1;
            return prints;
        }
    }
}

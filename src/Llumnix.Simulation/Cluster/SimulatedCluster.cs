using System.Globalization;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Memory;
using Llumnix.Scheduling.Rebalance;
using Llumnix.Simulation.Events;
using Llumnix.Simulation.Results;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Simulation.Cluster;

/// <summary>One run: the parts of a cluster, and the requests that come to it.</summary>
internal sealed class SimulatedCluster : IEventHandler
{
    /// <summary>The served name of the one model.</summary>
    public const string Model = "model";

    private const int Arrives = 0;
    private const int Samples = 1;
    private readonly Workload _workload;
    private readonly SimulatedRequest[] _requests;
    private readonly List<SimulatedInstance> _instances = [];
    private readonly SimulatedGateway[] _gateways;
    private readonly SimulationRandom _random;
    private int _next;

    public SimulatedCluster(SimulationOptions options, Workload workload)
    {
        options.Batching.Validate();
        options.Migration.Validate();
        Options = options;
        _workload = workload;
        Links = new SimulatedLinks(Clock, options.Links);
        Choice = RequestChoices.Create(options.Policy.RequestChoice);
        BlockBytes = options.Links.KvBytesPerToken * options.Batching.BlockSize;
        _random = new SimulationRandom(options.Seed, "gateways");
        _requests = new SimulatedRequest[workload.Requests.Length];
        for (int i = 0; i < _requests.Length; i++)
        {
            ref readonly var spec = ref workload.Requests[i];
            _requests[i] = new SimulatedRequest(i, spec, options.Policy.KnowsPriorities ? spec.Priority : Priority.Normal);
        }

        Remaining = _requests.Length;
        TokenLimit = Math.Min(options.Batching.MaxContext, (options.Batching.BlockCount * options.Batching.BlockSize) + 1);
        _gateways = [.. Enumerable.Range(0, options.Dispatchers).Select(index => new SimulatedGateway(this, index))];
        Manager = new SimulatedManager(this);
        for (int i = 0; i < _gateways.Length; i++) ChannelOf(options.ViewOf(i)).Listen(_gateways[i]);
        ChannelOf(options.ManagerView).Listen(Manager);
        for (int i = 0; i < options.Instances; i++)
        {
            var instance = NewInstance(askedFor: TimeSpan.Zero);
            foreach (var channel in Channels) channel.Introduce(instance);
        }

        if (_requests.Length == 0) return;

        Clock.At(_requests[0].Arrival, this, Arrives);
        Clock.At(TimeSpan.Zero, this, Samples);
    }

    public SimulationOptions Options { get; }

    public SimulationClock Clock { get; } = new();

    public SimulatedLinks Links { get; }

    public IRequestChoice Choice { get; }

    public RunStatistics Statistics { get; } = new();

    public List<ReportChannel> Channels { get; } = [];

    public SimulatedManager Manager { get; }

    public IReadOnlyList<SimulatedInstance> Instances => _instances;

    public IReadOnlyList<SimulatedRequest> Requests => _requests;

    /// <summary>Requests that have not ended.</summary>
    public int Remaining { get; private set; }

    public double BlockBytes { get; }

    /// <summary>The most tokens a request can come to have.</summary>
    public int TokenLimit { get; }

    /// <summary>Lets everything happen; calls <paramref name="progress"/> now and then with the share of requests that ended.</summary>
    public void Run(Action<double>? progress, CancellationToken cancellation)
    {
        const long often = 1 << 14;
        while (Clock.TryTake(out var happened))
        {
            happened.Handler.Handle(happened);
            if ((Clock.Handled & (often - 1)) != 0) continue;

            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke(1 - ((double)Remaining / _requests.Length));
        }

        if (Remaining > 0)
            throw new InvalidOperationException($"The simulation stands still at {Clock.Now} with {Remaining} requests that have not ended.");

        progress?.Invoke(1);
    }

    public SimulatedRequest Find(RequestId id) => _requests[SimulatedRequest.IndexOf(id)];

    public SimulatedInstance FindInstance(InstanceId id) => _instances[int.Parse(id.Name.AsSpan(1), CultureInfo.InvariantCulture)];

    public int BlocksFor(int tokens) => (tokens + Options.Batching.BlockSize - 1) / Options.Batching.BlockSize;

    /// <summary>An instance has started.</summary>
    public void AddInstance(TimeSpan askedFor) => NewInstance(askedFor).Changed();

    /// <summary>One more request has ended.</summary>
    public void Finished()
    {
        Remaining--;
        Statistics.LastEnd = Clock.Now;
    }

    /// <summary>A request cannot be served.</summary>
    public void Refuse(SimulatedRequest request, string why)
    {
        request.Refusal = why;
        Finished();
    }

    /// <summary>What a batch scheduler must know of a request, as far as it is.</summary>
    public SequenceSpec SpecOf(SimulatedRequest request) => new(
        request.Id,
        request.Served,
        request.Arrival.Ticks,
        request.InputTokens + request.Generated,
        TokenLimit,
        Options.Batching.PrefixCaching ? HashesOf(request) : []);

    void IEventHandler.Handle(in SimulationEvent happened)
    {
        switch (happened.Kind)
        {
            case Arrives:
                var request = _requests[_next++];
                if (_next < _requests.Length) Clock.At(_requests[_next].Arrival, this, Arrives);
                Arrive(request);
                break;
            case Samples:
                Statistics.Timeline.Add(this);
                if (Remaining > 0) Clock.After(Statistics.Timeline.Interval, this, Samples);
                break;
            default:
                throw new InvalidOperationException($"A cluster knows no event {happened.Kind}.");
        }
    }

    private void Arrive(SimulatedRequest request)
    {
        // As an engine ends a request at the model's context.
        int room = TokenLimit - request.InputTokens;
        if (room >= 1 && request.OutputTokens > room)
        {
            request.OutputTokens = room;
            Statistics.CutRequests++;
        }

        _gateways[_gateways.Length == 1 ? 0 : (int)(_random.NextUniform() * _gateways.Length)].Dispatch(request);
    }

    private SimulatedInstance NewInstance(TimeSpan askedFor)
    {
        var instance = new SimulatedInstance(this, _instances.Count) { StartedAt = askedFor };
        _instances.Add(instance);
        return instance;
    }

    private ReportChannel ChannelOf(ViewOptions view)
    {
        var channel = Channels.Find(channel => channel.Options == view);
        if (channel is null) Channels.Add(channel = new ReportChannel(Clock, view));
        return channel;
    }

    /// <summary>Blocks of the trace are larger than the cluster's and named with all before them; so are, then, their parts.</summary>
    private BlockHash[] HashesOf(SimulatedRequest request)
    {
        if (request.PrefixBlocks is not { } names) return [];

        int parts = _workload.PrefixBlockTokens / Options.Batching.BlockSize;
        var hashes = new BlockHash[Math.Min(request.InputTokens / Options.Batching.BlockSize, names.Length * parts)];
        for (int i = 0; i < hashes.Length; i++)
        {
            ulong name = ((ulong)(uint)names[i / parts] << 16) | (uint)(i % parts);
            hashes[i] = new BlockHash(name, name * 0x9E3779B97F4A7C15 >> 16);
        }

        return hashes;
    }
}

using System.Runtime.InteropServices;
using Akka.Actor;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Metrics;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Delivery;

/// <summary>
/// Takes the frames of all instances for one gateway's node and hands each entity its share; gathers the entities' acknowledgements into
/// one frame per instance every <c>ack-interval</c>, and repeats them often enough that no instance takes a request for an orphan. Tells
/// an entity that nothing is heard of it, and an instance that nobody follows what it sends.
/// </summary>
internal sealed class TokenReceiverActor : ReceiveActor, IWithTimers
{
    private readonly DeliveryOptions _options;
    private readonly TimeProvider _time;
    private readonly NodeMetrics _metrics;
    private readonly Dictionary<RequestId, Flow> _flows = [];
    private readonly Dictionary<IActorRef, List<TokenProtocol.AckEntry>> _acks = [];
    private bool _flushPending;

    public TokenReceiverActor(DeliveryOptions options, TimeProvider time, NodeMetrics metrics)
    {
        _options = options;
        _time = time;
        _metrics = metrics;
        Receive<TokenProtocol.TokenFrame>(Distribute);
        Receive<DeliveryProtocol.Acknowledge>(Acknowledge);
        Receive<DeliveryProtocol.Register>(register => _flows.TryAdd(
            register.Request, new Flow { Entity = Sender, InterToken = _metrics.OfModel(register.Model).InterToken }));
        Receive<DeliveryProtocol.Follow>(Follow);
        Receive<DeliveryProtocol.Unfollow>(unfollow => _flows.Remove(unfollow.Request));
        Receive<RequestProtocol.InstanceLost>(lost =>
        {
            // All: one that runs elsewhere may still await that instance's word that it stopped.
            foreach (var flow in _flows.Values) flow.Entity.Tell(lost);
        });
        Receive<DeliveryProtocol.ListEntities>(_ =>
            Sender.Tell(new DeliveryProtocol.Entities([.. _flows.Values.Select(flow => flow.Entity)])));
        Receive<Flush>(_ => SendAcknowledgements());
        Receive<CheckSilence>(_ => TellSilentEntities());
        Receive<ShowLife>(_ =>
        {
            foreach (var flow in _flows.Values)
            {
                if (flow.InstanceActor is not null) Gather(flow, flow.InstanceActor);
            }

            SendAcknowledgements();
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(DeliveryOptions options, TimeProvider time, NodeMetrics metrics) =>
        Akka.Actor.Props.Create(() => new TokenReceiverActor(options, time, metrics));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(CheckSilence.Instance, CheckSilence.Instance, _options.ResendAfter / 2);
        // Several of these may be lost before an instance pauses a request.
        Timers.StartPeriodicTimer(ShowLife.Instance, ShowLife.Instance, _options.OrphanAfter / 4);
    }

    private void Distribute(TokenProtocol.TokenFrame frame)
    {
        long now = _time.GetTimestamp();
        var gaps = default(Gaps);
        for (int i = 0; i < frame.Entries.Length; i++)
        {
            ref readonly var entry = ref frame.Entries[i];
            if (_flows.TryGetValue(entry.Request, out var flow))
            {
                flow.Heard = now;
                Measure(flow, entry, now, ref gaps);
                flow.Entity.Tell(new RequestProtocol.Tokens(frame, i));
            }
            else
            {
                Sender.Tell(new InstanceProtocol.Stop(entry.Request, entry.Epoch));
            }
        }

        gaps.Observe(_time, now);
    }

    /// <summary>
    /// Measures the time since a request's last token. Most requests of a frame got theirs from the same steps, so that one observation
    /// counts for all of them; tokens that come a second time, or after a gap, count for nothing.
    /// </summary>
    private void Measure(Flow flow, in TokenProtocol.TokenEntry entry, long now, ref Gaps gaps)
    {
        int next = entry.FirstIndex + entry.Count;
        if (next <= flow.NextIndex || entry.FirstIndex > flow.NextIndex) return;

        if (gaps.Histogram != flow.InterToken || gaps.Since != flow.TokenAt)
        {
            gaps.Observe(_time, now);
            gaps = new Gaps { Histogram = flow.InterToken, Since = flow.TokenAt };
        }

        gaps.Requests++;
        gaps.Together += next - flow.NextIndex - 1;
        flow.NextIndex = next;
        flow.TokenAt = now;
    }

    private void Follow(DeliveryProtocol.Follow follow)
    {
        if (!_flows.TryGetValue(follow.Request, out var flow)) return;

        flow.InstanceActor = follow.InstanceActor;
        flow.Ack = new TokenProtocol.AckEntry(follow.Request, follow.Epoch, follow.NextIndex, Ended: false);
        flow.Gathered = false;
        flow.NextIndex = Math.Max(flow.NextIndex, follow.NextIndex);
        flow.Heard = _time.GetTimestamp();
    }

    private void Acknowledge(DeliveryProtocol.Acknowledge acknowledge)
    {
        if (!_flows.TryGetValue(acknowledge.Request, out var flow) || flow.InstanceActor is null || flow.Ack.Epoch != acknowledge.Epoch) return;

        flow.Ack = flow.Ack with { NextIndex = acknowledge.NextIndex, Ended = acknowledge.Ended };
        Gather(flow, flow.InstanceActor!);
        if (_flushPending) return;

        _flushPending = true;
        Timers.StartSingleTimer(Flush.Instance, Flush.Instance, _options.AckInterval);
    }

    private void Gather(Flow flow, IActorRef instance)
    {
        ref var entries = ref CollectionsMarshal.GetValueRefOrAddDefault(_acks, instance, out _);
        entries ??= [];
        if (flow.Gathered)
        {
            entries[flow.Place] = flow.Ack;
            return;
        }

        flow.Gathered = true;
        flow.Place = entries.Count;
        entries.Add(flow.Ack);
    }

    private void SendAcknowledgements()
    {
        _flushPending = false;
        foreach (var (instance, entries) in _acks)
        {
            foreach (var entry in entries)
            {
                if (_flows.TryGetValue(entry.Request, out var flow)) flow.Gathered = false;
            }

            instance.Tell(new TokenProtocol.AckFrame([.. entries]));
        }

        // Not only emptied: an instance that is gone would stay here for good.
        _acks.Clear();
    }

    private void TellSilentEntities()
    {
        long now = _time.GetTimestamp();
        foreach (var flow in _flows.Values)
        {
            if (flow.InstanceActor is null || flow.Ack.Ended || _time.GetElapsedTime(flow.Heard, now) < _options.ResendAfter) continue;

            flow.Heard = now;
            flow.Entity.Tell(RequestProtocol.Silent.Instance);
        }
    }

    /// <summary>One request's way from its instance to its entity.</summary>
    private sealed class Flow
    {
        public required IActorRef Entity { get; init; }

        /// <summary>Where the times between its tokens are counted.</summary>
        public required DurationHistogram InterToken { get; init; }

        /// <summary>The output index after the last token that came.</summary>
        public int NextIndex { get; set; }

        /// <summary>Timestamp of when that came; 0 before the first.</summary>
        public long TokenAt { get; set; }

        /// <summary>Where its request is placed; null before it is.</summary>
        public IActorRef? InstanceActor { get; set; }

        /// <summary>The last acknowledgement.</summary>
        public TokenProtocol.AckEntry Ack { get; set; }

        /// <summary>Whether it lies, at <see cref="Place"/>, among those to be sent next.</summary>
        public bool Gathered { get; set; }

        public int Place { get; set; }

        /// <summary>Timestamp of the last frame that had the request.</summary>
        public long Heard { get; set; }
    }

    /// <summary>Requests of one frame whose last tokens came at the same moment.</summary>
    private record struct Gaps
    {
        public DurationHistogram? Histogram { get; init; }

        /// <summary>Timestamp of that moment; 0 where these are their first tokens.</summary>
        public long Since { get; init; }

        public int Requests { get; set; }

        /// <summary>Tokens that came together with the one before them.</summary>
        public int Together { get; set; }

        public readonly void Observe(TimeProvider time, long now)
        {
            if (Since != 0) Histogram?.Observe(time.GetElapsedTime(Since, now), Requests);
            if (Together > 0) Histogram?.Observe(TimeSpan.Zero, Together);
        }
    }

    private sealed record Flush
    {
        public static Flush Instance { get; } = new();
    }

    private sealed record CheckSilence
    {
        public static CheckSilence Instance { get; } = new();
    }

    private sealed record ShowLife
    {
        public static ShowLife Instance { get; } = new();
    }
}

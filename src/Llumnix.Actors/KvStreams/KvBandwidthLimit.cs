using Akka.Streams;
using Akka.Streams.Stage;

namespace Llumnix.Actors.KvStreams;

/// <summary>Lets blocks pass at the pace of the node's token bucket; one run is held back at a time, so that back-pressure holds.</summary>
internal sealed class KvBandwidthLimit(TokenBucket bucket) : GraphStage<FlowShape<KvRun, KvRun>>
{
    private readonly Inlet<KvRun> _in = new("KvBandwidthLimit.in");
    private readonly Outlet<KvRun> _out = new("KvBandwidthLimit.out");

    public override FlowShape<KvRun, KvRun> Shape => new(_in, _out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, bucket);

    private sealed class Logic : TimerGraphStageLogic
    {
        private readonly KvBandwidthLimit _stage;
        private readonly TokenBucket _bucket;
        private KvRun? _held;

        public Logic(KvBandwidthLimit stage, TokenBucket bucket)
            : base(stage.Shape)
        {
            _stage = stage;
            _bucket = bucket;
            SetHandler(stage._in, onPush: OnPush, onUpstreamFinish: OnUpstreamFinish);
            SetHandler(stage._out, onPull: () => Pull(stage._in));
        }

        protected override void OnTimer(object timerKey)
        {
            var released = _held!;
            _held = null;
            Push(_stage._out, released);
            if (IsClosed(_stage._in)) CompleteStage();
        }

        private void OnPush()
        {
            var run = Grab(_stage._in);
            TimeSpan wait = _bucket.Take(run.Bytes);
            if (wait <= TimeSpan.Zero)
            {
                Push(_stage._out, run);
                return;
            }

            _held = run;
            ScheduleOnce("release", wait);
        }

        private void OnUpstreamFinish()
        {
            if (_held is null) CompleteStage();
        }
    }
}

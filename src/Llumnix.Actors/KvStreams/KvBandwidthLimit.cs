using Akka.Streams;
using Akka.Streams.Stage;

namespace Llumnix.Actors.KvStreams;

/// <summary>Lets blocks pass at the pace of the node's token bucket; one block is held back at a time, so that back-pressure holds.</summary>
internal sealed class KvBandwidthLimit(TokenBucket bucket) : GraphStage<FlowShape<KvSendItem, KvSendItem>>
{
    private readonly Inlet<KvSendItem> _in = new("KvBandwidthLimit.in");
    private readonly Outlet<KvSendItem> _out = new("KvBandwidthLimit.out");

    public override FlowShape<KvSendItem, KvSendItem> Shape => new(_in, _out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, bucket);

    private sealed class Logic : TimerGraphStageLogic
    {
        private readonly KvBandwidthLimit _stage;
        private readonly TokenBucket _bucket;
        private KvSendItem _held;
        private bool _holds;

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
            _holds = false;
            Push(_stage._out, _held);
            if (IsClosed(_stage._in)) CompleteStage();
        }

        private void OnPush()
        {
            var item = Grab(_stage._in);
            TimeSpan wait = _bucket.Take(item.Memory.BytesPerBlock);
            if (wait <= TimeSpan.Zero)
            {
                Push(_stage._out, item);
                return;
            }

            _held = item;
            _holds = true;
            ScheduleOnce("release", wait);
        }

        private void OnUpstreamFinish()
        {
            if (!_holds) CompleteStage();
        }
    }
}

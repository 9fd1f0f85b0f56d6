using Akka.Streams;
using Akka.Streams.Stage;

namespace Llumnix.Actors.KvStreams;

/// <summary>Cuts stages into runs. It emits one and the same object, so whoever takes it is done with it before pulling the next.</summary>
internal sealed class KvRuns : GraphStage<FlowShape<KvStage, KvRun>>
{
    private readonly Inlet<KvStage> _in = new("KvRuns.in");
    private readonly Outlet<KvRun> _out = new("KvRuns.out");

    public override FlowShape<KvStage, KvRun> Shape => new(_in, _out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : GraphStageLogic
    {
        private readonly KvRun _run = new();
        private bool _cutting;

        public Logic(KvRuns stage)
            : base(stage.Shape)
        {
            SetHandler(stage._in, onPush: () =>
            {
                _run.Begin(Grab(stage._in));
                Emit();
            });
            SetHandler(stage._out, onPull: () =>
            {
                if (!_cutting)
                {
                    Pull(stage._in);
                    return;
                }

                _run.Next();
                Emit();
            });

            void Emit()
            {
                _cutting = !_run.IsLast;
                Push(stage._out, _run);
            }
        }
    }
}

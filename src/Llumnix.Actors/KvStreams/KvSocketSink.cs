using Akka.Streams;
using Akka.Streams.Stage;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// Sends blocks over one KV connection, straight from their memory, one run under way at a time: the socket's back-pressure is the
/// pipeline's. Fails with <see cref="KvStreamException"/> when the connection breaks or stalls.
/// </summary>
internal sealed class KvSocketSink(KvSocket socket, TimeSpan watchInterval) : GraphStageWithMaterializedValue<SinkShape<KvRun>, Task>
{
    private readonly Inlet<KvRun> _in = new("KvSocketSink.in");

    public override SinkShape<KvRun> Shape => new(_in);

    public override ILogicAndMaterializedValue<Task> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task>(new Logic(this, socket, watchInterval, ended), ended.Task);
    }

    private sealed class Logic : TimerGraphStageLogic
    {
        private readonly KvSocket _socket;
        private readonly TimeSpan _watchInterval;
        private readonly TaskCompletionSource _ended;
        private readonly Inlet<KvRun> _in;
        private readonly Action<Exception?> _written;
        private bool _sending;
        private bool _finishing;

        public Logic(KvSocketSink stage, KvSocket socket, TimeSpan watchInterval, TaskCompletionSource ended)
            : base(stage.Shape)
        {
            _socket = socket;
            _watchInterval = watchInterval;
            _ended = ended;
            _in = stage._in;
            _written = GetAsyncCallback<Exception?>(OnWritten);
            SetHandler(_in, onPush: OnPush, onUpstreamFinish: OnUpstreamFinish, onUpstreamFailure: Fail);
        }

        public override void PreStart()
        {
            ScheduleRepeatedly("watch", _watchInterval);
            Pull(_in);
        }

        public override void PostStop()
        {
            _socket.Dispose();
            _ended.TrySetException(new KvStreamException($"the KV stream to {_socket.Peer} was stopped"));
        }

        protected override void OnTimer(object timerKey) => _socket.BreakIfStalled();

        private void OnPush()
        {
            var run = Grab(_in);
            try
            {
                if (_socket.TryWrite(run.Stage, run.First, run.Count, _written)) Pull(_in);
                else _sending = true;
            }
            catch (Exception e)
            {
                Fail(e);
            }
        }

        private void OnWritten(Exception? failure)
        {
            _sending = false;
            if (failure is not null) Fail(failure);
            else if (_finishing) Complete();
            else Pull(_in);
        }

        private void OnUpstreamFinish()
        {
            _finishing = true;
            if (!_sending) Complete();
        }

        private void Complete()
        {
            _ended.TrySetResult();
            CompleteStage();
        }

        private void Fail(Exception e)
        {
            _ended.TrySetException(e);
            FailStage(e);
        }
    }
}

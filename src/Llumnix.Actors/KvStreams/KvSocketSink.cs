using System.Buffers;
using System.IO.Hashing;
using Akka.Streams;
using Akka.Streams.Stage;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// Sends blocks over one KV connection, straight from their memory, one frame under way at a time: the socket's back-pressure is the
/// pipeline's. Fails with <see cref="KvStreamException"/> when the connection breaks or stalls.
/// </summary>
internal sealed class KvSocketSink(KvSocket socket, TimeSpan watchInterval) : GraphStageWithMaterializedValue<SinkShape<KvSendItem>, Task>
{
    private readonly Inlet<KvSendItem> _in = new("KvSocketSink.in");

    public override SinkShape<KvSendItem> Shape => new(_in);

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
        private readonly Inlet<KvSendItem> _in;
        private readonly Action _sent;
        private readonly Action<Exception> _failed;
        private bool _sending;
        private bool _finishing;

        public Logic(KvSocketSink stage, KvSocket socket, TimeSpan watchInterval, TaskCompletionSource ended)
            : base(stage.Shape)
        {
            _socket = socket;
            _watchInterval = watchInterval;
            _ended = ended;
            _in = stage._in;
            _sent = GetAsyncCallback(OnSent);
            _failed = GetAsyncCallback<Exception>(Fail);
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
            _sending = true;
            _ = SendAsync(Grab(_in));
        }

        private void OnSent()
        {
            _sending = false;
            if (_finishing) Complete();
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

        private async Task SendAsync(KvSendItem item)
        {
            byte[]? pooled = null;
            bool leased = item.Memory.TryLease();
            try
            {
                if (!leased) throw KvMemoryCopy.SourceEnded(item);
                int bytes = item.Memory.BytesPerBlock;
                ReadOnlyMemory<byte> payload = item.Memory.Map(item.Block);
                if (payload.IsEmpty)
                {
                    pooled = ArrayPool<byte>.Shared.Rent(bytes);
                    item.Memory.Read(item.Block, pooled.AsSpan(0, bytes));
                    payload = pooled.AsMemory(0, bytes);
                }

                var kind = item.LastOfStage ? KvFrameKind.LastBlock : KvFrameKind.Block;
                await _socket.WriteAsync(
                    new KvFrameHeader(kind, item.Stream, item.Index, bytes, XxHash3.HashToUInt64(payload.Span)), payload);
                _sent();
            }
            catch (Exception e)
            {
                _failed(e);
            }
            finally
            {
                if (leased) item.Memory.EndLease();
                if (pooled is not null) ArrayPool<byte>.Shared.Return(pooled);
            }
        }
    }
}

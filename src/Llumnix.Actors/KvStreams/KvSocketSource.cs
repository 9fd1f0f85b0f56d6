using System.Buffers;
using System.IO.Hashing;
using Akka.Streams;
using Akka.Streams.Stage;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// Takes frames in from one KV connection, block bytes straight into their reserved memory, checks them, and emits what to answer.
/// Completes when the other end closes the connection between frames; fails with <see cref="KvStreamException"/> otherwise.
/// </summary>
internal sealed class KvSocketSource(KvSocket socket, KvInbox inbox, TimeSpan watchInterval) : GraphStage<SourceShape<KvFrameHeader>>
{
    private readonly Outlet<KvFrameHeader> _out = new("KvSocketSource.out");

    public override SourceShape<KvFrameHeader> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, socket, inbox, watchInterval);

    private sealed class Logic : TimerGraphStageLogic
    {
        private readonly KvSocket _socket;
        private readonly KvInbox _inbox;
        private readonly TimeSpan _watchInterval;
        private readonly Action<KvFrameHeader?> _received;
        private readonly Action<Exception> _failed;
        private readonly Outlet<KvFrameHeader> _out;
        private bool _receiving;

        public Logic(KvSocketSource stage, KvSocket socket, KvInbox inbox, TimeSpan watchInterval)
            : base(stage.Shape)
        {
            _socket = socket;
            _inbox = inbox;
            _watchInterval = watchInterval;
            _out = stage._out;
            _received = GetAsyncCallback<KvFrameHeader?>(OnReceived);
            _failed = GetAsyncCallback<Exception>(FailStage);
            SetHandler(_out, onPull: OnPull);
        }

        public override void PreStart() => ScheduleRepeatedly("watch", _watchInterval);

        public override void PostStop() => _socket.Dispose();

        protected override void OnTimer(object timerKey) => _socket.BreakIfStalled();

        private void OnPull()
        {
            if (_receiving) return;
            _receiving = true;
            _ = ReceiveAsync();
        }

        private void OnReceived(KvFrameHeader? answer)
        {
            _receiving = false;
            if (answer is { } frame) Push(_out, frame);
            else CompleteStage();
        }

        private async Task ReceiveAsync()
        {
            try
            {
                while (await _socket.ReadHeaderAsync() is { } header)
                {
                    KvFrameHeader? answer = header.Kind is KvFrameKind.Block or KvFrameKind.LastBlock ? await TakeInAsync(header) : header;
                    if (answer is null) continue;
                    _received(answer);
                    return;
                }

                _received(null);
            }
            catch (Exception e)
            {
                _failed(e);
            }
        }

        private async ValueTask<KvFrameHeader?> TakeInAsync(KvFrameHeader header)
        {
            KvReservation? reservation = _inbox.Find(header.Stream);
            if (reservation is null)
            {
                await _socket.SkipAsync(header.Length);
                return Answer(header, KvFrameKind.UnknownStream);
            }

            if (!reservation.TryLease(header.Index, header.Length, out var block))
            {
                await _socket.SkipAsync(header.Length);
                return Answer(header, KvFrameKind.NotReserved);
            }

            bool intact = false;
            try
            {
                Memory<byte> target = reservation.Memory.Map(block);
                if (target.IsEmpty)
                {
                    byte[] pooled = ArrayPool<byte>.Shared.Rent(header.Length);
                    try
                    {
                        await _socket.ReadAsync(pooled.AsMemory(0, header.Length));
                        intact = XxHash3.HashToUInt64(pooled.AsSpan(0, header.Length)) == header.Checksum;
                        if (intact) reservation.Memory.Write(block, pooled.AsSpan(0, header.Length));
                    }
                    finally
                    {
                        ArrayPool<byte>.Shared.Return(pooled);
                    }
                }
                else
                {
                    await _socket.ReadAsync(target);
                    intact = XxHash3.HashToUInt64(target.Span) == header.Checksum;
                }
            }
            finally
            {
                reservation.EndLease(header.Index, intact);
            }

            if (!intact) return Answer(header, KvFrameKind.ChecksumMismatch);
            return header.Kind == KvFrameKind.LastBlock ? Answer(header, KvFrameKind.Receipt) : null;
        }

        private static KvFrameHeader Answer(KvFrameHeader header, KvFrameKind kind) => new(kind, header.Stream, header.Index, 0, 0);
    }
}

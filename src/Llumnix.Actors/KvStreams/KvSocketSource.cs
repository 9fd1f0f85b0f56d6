using System.Buffers;
using Akka.Streams;
using Akka.Streams.Stage;

namespace Llumnix.Actors.KvStreams;

/// <summary>
/// Takes frames in from one KV connection, block bytes straight into their reserved memory, checks them, and emits what to answer.
/// Completes when the other end closes the connection between frames; fails with <see cref="KvStreamException"/> otherwise. It blocks its
/// thread, so it must have one of its own: <see cref="Dispatcher"/>.
/// </summary>
internal sealed class KvSocketSource(KvIncomingSocket socket, KvInbox inbox) : GraphStage<SourceShape<KvFrameHeader>>
{
    /// <summary>Its dispatcher in <c>hocon/</c>: a thread a connection.</summary>
    public const string Dispatcher = "akka.actor.kv-dispatcher";

    /// <summary>The largest message taken in; a request's state is far below it.</summary>
    private const int LargestMessage = 64 << 20;

    private readonly Outlet<KvFrameHeader> _out = new("KvSocketSource.out");

    public override SourceShape<KvFrameHeader> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, socket, inbox);

    private sealed class Logic : GraphStageLogic
    {
        private readonly KvIncomingSocket _socket;
        private readonly KvInbox _inbox;

        public Logic(KvSocketSource stage, KvIncomingSocket socket, KvInbox inbox)
            : base(stage.Shape)
        {
            _socket = socket;
            _inbox = inbox;
            SetHandler(stage._out, onPull: () =>
            {
                try
                {
                    if (ReadUntilAnswer() is { } answer) Push(stage._out, answer);
                    else CompleteStage();
                }
                catch (Exception e)
                {
                    FailStage(e);
                }
            });
        }

        public override void PostStop() => _socket.Dispose();

        /// <summary>Takes frames in until one is to be answered; most blocks need no word. Null at the connection's end.</summary>
        private KvFrameHeader? ReadUntilAnswer()
        {
            while (_socket.ReadHeader() is { } frame)
            {
                if (TakeIn(frame) is { } answer) return answer;
            }

            return null;
        }

        private KvFrameHeader? TakeIn(KvFrameHeader frame)
        {
            if (frame.Kind is not (KvFrameKind.Block or KvFrameKind.LastBlock or KvFrameKind.Message))
                throw new KvStreamException($"the KV connection with {_socket.Peer} carried a {frame.Kind} where blocks come");
            if (_inbox.Find(frame.Stream) is not { } reservation) return Skip(frame, KvFrameKind.UnknownStream);
            return frame.Kind == KvFrameKind.Message ? TakeMessageIn(frame, reservation) : TakeBlockIn(frame, reservation);
        }

        private KvFrameHeader? TakeBlockIn(KvFrameHeader frame, KvReservation reservation)
        {
            if (!reservation.TryLease(frame.Index, frame.Length, out var block)) return Skip(frame, KvFrameKind.NotReserved);

            bool intact = false;
            try
            {
                Memory<byte> target = reservation.Memory.Map(block);
                if (!target.IsEmpty)
                {
                    intact = _socket.Read(target.Span, frame.Checksum);
                }
                else
                {
                    byte[] pooled = ArrayPool<byte>.Shared.Rent(frame.Length);
                    try
                    {
                        intact = _socket.Read(pooled.AsSpan(0, frame.Length), frame.Checksum);
                        if (intact) reservation.Memory.Write(block, pooled.AsSpan(0, frame.Length));
                    }
                    finally
                    {
                        ArrayPool<byte>.Shared.Return(pooled);
                    }
                }
            }
            finally
            {
                reservation.EndLease(frame.Index, intact);
            }

            if (!intact) return frame.Answer(KvFrameKind.ChecksumMismatch);
            return frame.Kind == KvFrameKind.LastBlock ? frame.Answer(KvFrameKind.Receipt) : null;
        }

        private KvFrameHeader? TakeMessageIn(KvFrameHeader frame, KvReservation reservation)
        {
            if (frame.Length > LargestMessage) return Skip(frame, KvFrameKind.NotReserved);

            byte[] message = new byte[frame.Length];
            if (!_socket.Read(message, frame.Checksum)) return frame.Answer(KvFrameKind.ChecksumMismatch);
            reservation.Deliver(message);
            return null;
        }

        private KvFrameHeader Skip(KvFrameHeader frame, KvFrameKind answer)
        {
            _socket.Skip(frame.Length);
            return frame.Answer(answer);
        }
    }
}

using Akka.Actor;
using CsCheck;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;

namespace Llumnix.Actors.Tests.Serialization;

/// <summary>Random load reports.</summary>
internal static class LoadMessages
{
    private static readonly Gen<int> Count = Gen.OneOf(Gen.Int[0, 300], Gen.Int[0, int.MaxValue]);

    private static readonly Gen<long> Counter = Gen.OneOf(Gen.Long[0, 300], Gen.Long[0, long.MaxValue]);

    private static readonly Gen<DispatchTicket> Ticket = Gen.Select(Gen.Long, Counter, (dispatcher, number) => new DispatchTicket(dispatcher, number));

    private static readonly Gen<BatchLoad> Load = Gen.Select(Count.Array[11], Count.Array[4].Array[0, 4], (numbers, classes) => new BatchLoad
    {
        TotalBlocks = numbers[0],
        FreeBlocks = numbers[1],
        BlockSize = numbers[2],
        Running = numbers[3],
        Waiting = numbers[4],
        MaxWaiting = numbers[5],
        WaitingDemand = numbers[6],
        HeadOfLineDemand = numbers[7],
        MaxRunning = numbers[8],
        WatermarkBlocks = numbers[9],
        SmallestRunning = numbers[10],
        Classes = [.. classes.Select(four => new ClassLoad(four[0], four[1], four[2], four[3]))],
    });

    private static readonly Gen<LoadReport> Report = Gen.Select(
        Gen.String[0, 12],
        Gen.Long,
        Counter,
        Gen.String[0, 12],
        Load,
        Gen.Bool,
        Gen.Select(Ticket.Array[0, 3], Count, Count),
        (instance, incarnation, sequence, model, load, terminating, rest) =>
            new LoadReport(new InstanceId(instance), incarnation, sequence, model, load, terminating) { Tickets = rest.Item1, MovingOut = rest.Item2, MovingIn = rest.Item3 });

    public static Gen<object> Ended { get; } =
        Gen.Select(Gen.String[0, 12], Gen.Long, (instance, incarnation) => (object)new LoadProtocol.InstanceEnded(new InstanceId(instance), incarnation));

    public static Gen<LoadProtocol.InstanceReport> Instance(IActorRef actor) => Gen.Select(Report, Gen.String[0, 9].Array[3], Counter.Array[3], (load, texts, counters) =>
        new LoadProtocol.InstanceReport(load, texts[0], texts[1], texts[2], counters[0], counters[1], counters[2], new TimeSpan(counters[0]), actor)
        {
            EndedRequests = counters[1],
        });
}

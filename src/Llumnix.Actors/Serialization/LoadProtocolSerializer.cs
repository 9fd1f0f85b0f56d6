using Akka.Actor;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;

namespace Llumnix.Actors.Serialization;

/// <summary>
/// <see cref="LoadProtocol"/> in binary. An instance's report takes about 175 bytes, half of them its node's address (in its id, on its
/// own, and in its actor's path).
/// </summary>
public sealed class LoadProtocolSerializer(ExtendedActorSystem system) : WireSerializer(system, 123)
{
    /// <summary>What it serializes.</summary>
    public static IReadOnlyList<Type> Messages { get; } =
        [typeof(LoadProtocol.InstanceReport), typeof(LoadProtocol.NodeReport), typeof(LoadProtocol.InstanceEnded)];

    /// <summary>The incarnation's 8 bytes and one for each of 27 texts, numbers, lengths and flags.</summary>
    private const int LeastReportBytes = 35;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        LoadProtocol.InstanceReport => "I",
        LoadProtocol.NodeReport => "N",
        LoadProtocol.InstanceEnded => "E",
        _ => throw Unknown(o),
    };

    private protected override void Write(object message, WireWriter writer)
    {
        switch (message)
        {
            case LoadProtocol.InstanceReport report:
                Write(writer, report);
                break;
            case LoadProtocol.NodeReport node:
                writer.WriteCount(node.Instances.Length);
                foreach (var report in node.Instances) Write(writer, report);
                break;
            case LoadProtocol.InstanceEnded ended:
                writer.WriteText(ended.Instance.Name);
                writer.WriteFixed((ulong)ended.Incarnation);
                break;
            default:
                throw Unknown(message);
        }
    }

    private protected override object Read(string manifest, ref WireReader reader)
    {
        switch (manifest)
        {
            case "I":
                return ReadReport(ref reader);
            case "N":
                var instances = new LoadProtocol.InstanceReport[reader.ReadLength(LeastReportBytes)];
                for (int i = 0; i < instances.Length; i++) instances[i] = ReadReport(ref reader);
                return new LoadProtocol.NodeReport(instances);
            case "E":
                return new LoadProtocol.InstanceEnded(new InstanceId(reader.ReadText()), (long)reader.ReadFixed());
            default:
                throw UnknownManifest(manifest);
        }
    }

    private static void Write(WireWriter writer, LoadProtocol.InstanceReport report)
    {
        var load = report.Load;
        writer.WriteText(load.Instance.Name);
        writer.WriteFixed((ulong)load.Incarnation);
        writer.WriteLong(load.Sequence);
        writer.WriteText(load.Model);
        Write(writer, load.Load);
        writer.WriteFlag(load.Terminating);
        writer.WriteCount(load.MovingOut);
        writer.WriteCount(load.MovingIn);
        writer.WriteCount(load.Tickets.Length);
        foreach (var ticket in load.Tickets)
        {
            writer.WriteFixed((ulong)ticket.Dispatcher);
            writer.WriteLong(ticket.Number);
        }

        writer.WriteText(report.Node);
        writer.WriteText(report.Device);
        writer.WriteText(report.KernelClass);
        writer.WriteLong(report.Preemptions);
        writer.WriteLong(report.GeneratedTokens);
        writer.WriteLong(report.PromptTokens);
        writer.WriteLong(report.StepTime.Ticks);
        writer.WriteText(Akka.Serialization.Serialization.SerializedActorPath(report.InstanceActor));
        writer.WriteLong(report.EndedRequests);
    }

    private static void Write(WireWriter writer, BatchLoad load)
    {
        writer.WriteCount(load.TotalBlocks);
        writer.WriteCount(load.FreeBlocks);
        writer.WriteCount(load.BlockSize);
        writer.WriteCount(load.Running);
        writer.WriteCount(load.MaxRunning);
        writer.WriteCount(load.Waiting);
        writer.WriteCount(load.MaxWaiting);
        writer.WriteCount(load.WatermarkBlocks);
        writer.WriteCount(load.WaitingDemand);
        writer.WriteCount(load.HeadOfLineDemand);
        writer.WriteCount(load.SmallestRunning);
        writer.WriteCount(load.Classes.Length);
        foreach (var priority in load.Classes)
        {
            writer.WriteCount(priority.Running);
            writer.WriteCount(priority.PhysicalUsage);
            writer.WriteCount(priority.Waiting);
            writer.WriteCount(priority.WaitingDemand);
        }
    }

    private static BatchLoad ReadLoad(ref WireReader reader)
    {
        var load = new BatchLoad
        {
            TotalBlocks = reader.ReadCount(),
            FreeBlocks = reader.ReadCount(),
            BlockSize = reader.ReadCount(),
            Running = reader.ReadCount(),
            MaxRunning = reader.ReadCount(),
            Waiting = reader.ReadCount(),
            MaxWaiting = reader.ReadCount(),
            WatermarkBlocks = reader.ReadCount(),
            WaitingDemand = reader.ReadCount(),
            HeadOfLineDemand = reader.ReadCount(),
            SmallestRunning = reader.ReadCount(),
            Classes = new ClassLoad[reader.ReadLength(leastBytesEach: 4)],
        };
        for (int i = 0; i < load.Classes.Length; i++)
            load.Classes[i] = new ClassLoad(reader.ReadCount(), reader.ReadCount(), reader.ReadCount(), reader.ReadCount());
        return load;
    }

    private LoadProtocol.InstanceReport ReadReport(ref WireReader reader)
    {
        var instance = new InstanceId(reader.ReadText());
        long incarnation = (long)reader.ReadFixed();
        long sequence = reader.ReadLong();
        string model = reader.ReadText();
        var load = ReadLoad(ref reader);
        bool terminating = reader.ReadFlag();
        var (movingOut, movingIn) = (reader.ReadCount(), reader.ReadCount());
        var tickets = new DispatchTicket[reader.ReadLength(leastBytesEach: 9)];
        for (int i = 0; i < tickets.Length; i++) tickets[i] = new DispatchTicket((long)reader.ReadFixed(), reader.ReadLong());
        return new LoadProtocol.InstanceReport(
            new LoadReport(instance, incarnation, sequence, model, load, terminating) { Tickets = tickets, MovingOut = movingOut, MovingIn = movingIn },
            reader.ReadText(), reader.ReadText(), reader.ReadText(), reader.ReadLong(), reader.ReadLong(), reader.ReadLong(),
            new TimeSpan(reader.ReadLong()), system.Provider.ResolveActorRef(reader.ReadText()))
        {
            EndedRequests = reader.ReadLong(),
        };
    }
}

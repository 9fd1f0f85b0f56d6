using System.Globalization;
using Akka.Actor;
using Akka.Serialization;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Protocols;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Benchmarks;

/// <summary>
/// <c>wire [SECONDS]</c>: bytes of each kind of message between nodes, and CPU time to write it and to read it, on one thread, without the
/// transport. A unit is what the message repeats: a request's token, an acknowledgement, a token of a prompt, an instance.
/// </summary>
internal static class WireBenchmark
{
    public const string Name = "wire";

    private const string Node = "10.0.0.17:4053";

    public static int Run(string[] args)
    {
        double seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 1;
        using var system = ActorSystem.Create(NodeOptions.SystemName, LlumnixConfiguration.Load().Akka);
        var actor = system.ActorOf(Props.Empty, "instance-0");
        Console.WriteLine("message                          bytes  bytes/unit   write ns/unit    read ns/unit   write us/message  read us/message");
        Report(system, "token frame, 1 request", Frame(1), 1, seconds);
        Report(system, "token frame, 32 requests", Frame(32), 32, seconds);
        Report(system, "token frame, 256 requests", Frame(256), 256, seconds);
        Report(system, "acknowledgements, 32 requests", Acknowledgements(32), 32, seconds);
        Report(system, "submit, prompt of 1", Submit(1, actor), 1, seconds);
        Report(system, "submit, prompt of 1000", Submit(1000, actor), 1000, seconds);
        Report(system, "submit, prompt of 128000", Submit(128_000, actor), 128_000, seconds);
        Report(system, "load report, 4 instances", new LoadProtocol.NodeReport([.. Enumerable.Range(0, 4).Select(i => Instance(i, actor))]), 4, seconds);
        Report(system, "instances, 4 (Hyperion)", new ManagerProtocol.Instances([.. Enumerable.Range(0, 4).Select(Status)]), 4, seconds);
        return 0;
    }

    private static void Report(ActorSystem system, string name, object message, int units, double seconds)
    {
        var serializer = system.Serialization.FindSerializerFor(message);
        string manifest = serializer is SerializerWithStringManifest named ? named.Manifest(message) : "";
        byte[] bytes = serializer.ToBinary(message);
        double write = Nanoseconds(() => serializer.ToBinary(message), seconds);
        double read = Nanoseconds(() => system.Serialization.Deserialize(bytes, serializer.Identifier, manifest), seconds);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-30} {bytes.Length,7} {(double)bytes.Length / units,11:F1} {write / units,15:F1} {read / units,15:F1} {write / 1000,18:F2} {read / 1000,16:F2}"));
    }

    /// <summary>CPU time of one call: the least of several rounds, after one to warm up.</summary>
    private static double Nanoseconds(Action act, double seconds)
    {
        int calls = 1;
        while (Measured.Of(calls, () => Repeat(act, calls)).Seconds < seconds / 10) calls *= 2;
        double least = double.MaxValue;
        for (int round = 0; round < 8; round++)
        {
            var measured = Measured.Of(calls, () => Repeat(act, calls));
            least = Math.Min(least, measured.CpuSeconds / measured.Work * 1e9);
        }

        return least;
    }

    private static void Repeat(Action act, int calls)
    {
        for (int i = 0; i < calls; i++) act();
    }

    private static TokenProtocol.TokenFrame Frame(int requests)
    {
        var random = new Random(1);
        var entries = Enumerable.Range(0, requests).Select(i =>
            new TokenProtocol.TokenEntry(Request(random), Epoch.First, random.Next(2000), i, 1, FinishReason.None)).ToArray();
        return new TokenProtocol.TokenFrame(new InstanceId($"{Node}/0"), random.NextInt64(), entries, [.. entries.Select(_ => random.Next(128_000))], null);
    }

    private static TokenProtocol.AckFrame Acknowledgements(int requests)
    {
        var random = new Random(1);
        return new TokenProtocol.AckFrame([.. Enumerable.Range(0, requests).Select(_ => new TokenProtocol.AckEntry(Request(random), Epoch.First, random.Next(2000), false))]);
    }

    private static InstanceProtocol.Submit Submit(int prompt, IActorRef receiver)
    {
        var random = new Random(1);
        return new InstanceProtocol.Submit(
            Request(random), Epoch.First, [.. Enumerable.Range(0, prompt).Select(_ => random.Next(128_000))], [], new SamplingParameters { Seed = 7 },
            Priority.Normal, random.NextInt64(), new DispatchTicket(random.NextInt64(), 1000), receiver);
    }

    private static LoadProtocol.InstanceReport Instance(int number, IActorRef actor)
    {
        var load = new BatchLoad
        {
            TotalBlocks = 4096,
            FreeBlocks = 1000,
            BlockSize = 16,
            Running = 32,
            MaxRunning = 64,
            Waiting = 3,
            MaxWaiting = 1024,
            WaitingDemand = 90,
            HeadOfLineDemand = 30,
            Classes = [default, new ClassLoad(32, 3000, 3, 90), default],
        };
        var report = new LoadReport(new InstanceId($"{Node}/{number}"), 1L << 60, 100_000, "stories", load, false) { Tickets = [new DispatchTicket(1L << 61, 5000)] };
        return new LoadProtocol.InstanceReport(report, Node, "cpu", "cpu-bf16-v512", 10, 1_000_000, 500_000, TimeSpan.FromMilliseconds(12.5), actor);
    }

    private static InstanceStatus Status(int number) =>
        new(new InstanceId($"{Node}/{number}"), "stories", Node, "cpu", "cpu-bf16-v512", "ready", 4096, 1000, 16, 32, 3, 31.25, 10, 1_000_000, 500_000);

    private static RequestId Request(Random random) => RequestId.FromRandomBits((ulong)random.NextInt64(), (ulong)random.NextInt64());
}

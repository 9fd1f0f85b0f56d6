using Akka.Actor;
using Llumnix.Actors.Protocols;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Load;

namespace Llumnix.Actors.Serialization;

/// <summary>
/// <see cref="InstanceProtocol"/> in binary. A <see cref="InstanceProtocol.Submit"/> takes about 150 bytes and, for each token of prompt
/// and output, 1 to 3.
/// </summary>
public sealed class InstanceProtocolSerializer(ExtendedActorSystem system) : WireSerializer(system, 121)
{
    /// <summary>What it serializes.</summary>
    public static IReadOnlyList<Type> Messages { get; } =
    [
        typeof(InstanceProtocol.Submit), typeof(InstanceProtocol.SubmitAccepted), typeof(InstanceProtocol.SubmitRefused),
        typeof(InstanceProtocol.Stop), typeof(InstanceProtocol.Stopped), typeof(InstanceProtocol.Resend), typeof(InstanceProtocol.NotHere),
    ];

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        InstanceProtocol.Submit => "S",
        InstanceProtocol.SubmitAccepted => "SA",
        InstanceProtocol.SubmitRefused => "SR",
        InstanceProtocol.Stop => "X",
        InstanceProtocol.Stopped => "XD",
        InstanceProtocol.Resend => "R",
        InstanceProtocol.NotHere => "N",
        _ => throw Unknown(o),
    };

    private protected override void Write(object message, WireWriter writer)
    {
        switch (message)
        {
            case InstanceProtocol.Submit submit:
                Write(writer, submit);
                break;
            case InstanceProtocol.SubmitAccepted accepted:
                WriteHead(writer, accepted.Request, accepted.Epoch);
                writer.WriteText(accepted.Instance.Name);
                break;
            case InstanceProtocol.SubmitRefused refused:
                WriteHead(writer, refused.Request, refused.Epoch);
                writer.WriteText(refused.Instance.Name);
                writer.WriteByte((byte)refused.Reason);
                writer.WriteText(refused.Sentence);
                break;
            case InstanceProtocol.Stop stop:
                WriteHead(writer, stop.Request, stop.Epoch);
                break;
            case InstanceProtocol.Stopped stopped:
                WriteHead(writer, stopped.Request, stopped.Epoch);
                writer.WriteText(stopped.Instance.Name);
                break;
            case InstanceProtocol.Resend resend:
                WriteHead(writer, resend.Request, resend.Epoch);
                writer.WriteCount(resend.From);
                break;
            case InstanceProtocol.NotHere notHere:
                WriteHead(writer, notHere.Request, notHere.Epoch);
                writer.WriteText(notHere.Instance.Name);
                break;
            default:
                throw Unknown(message);
        }
    }

    private protected override object Read(string manifest, ref WireReader reader)
    {
        switch (manifest)
        {
            case "S":
                return ReadSubmit(ref reader, system);
            case "SA":
                return new InstanceProtocol.SubmitAccepted(reader.ReadRequest(), reader.ReadEpoch(), ReadInstance(ref reader));
            case "SR":
                return new InstanceProtocol.SubmitRefused(
                    reader.ReadRequest(), reader.ReadEpoch(), ReadInstance(ref reader), ReadReason(ref reader), reader.ReadText());
            case "X":
                return new InstanceProtocol.Stop(reader.ReadRequest(), reader.ReadEpoch());
            case "XD":
                return new InstanceProtocol.Stopped(reader.ReadRequest(), reader.ReadEpoch(), ReadInstance(ref reader));
            case "R":
                return new InstanceProtocol.Resend(reader.ReadRequest(), reader.ReadEpoch(), reader.ReadCount());
            case "N":
                return new InstanceProtocol.NotHere(reader.ReadRequest(), reader.ReadEpoch(), ReadInstance(ref reader));
            default:
                throw UnknownManifest(manifest);
        }
    }

    internal static void Write(WireWriter writer, InstanceProtocol.Submit submit)
    {
        WriteHead(writer, submit.Request, submit.Epoch);
        writer.WriteCounts(submit.Prompt);
        writer.WriteCounts(submit.Generated);
        Write(writer, submit.Sampling);
        writer.WriteByte(submit.Priority.Rank);
        writer.WriteFixed((ulong)submit.Arrival);
        writer.WriteFixed((ulong)submit.Ticket.Dispatcher);
        writer.WriteFixed((ulong)submit.Ticket.Number);
        writer.WriteText(Akka.Serialization.Serialization.SerializedActorPath(submit.Receiver));
    }

    /// <summary>The bytes of sampling parameters, equal where those are.</summary>
    internal static byte[] Write(SamplingParameters sampling)
    {
        var writer = WireWriter.Rent();
        Write(writer, sampling);
        return writer.Finish();
    }

    internal static InstanceProtocol.Submit ReadSubmit(ref WireReader reader, ExtendedActorSystem system) => new(
        reader.ReadRequest(),
        reader.ReadEpoch(),
        reader.ReadCounts(),
        reader.ReadCounts(),
        ReadSampling(ref reader),
        new Priority(reader.ReadByte()),
        (long)reader.ReadFixed(),
        new DispatchTicket((long)reader.ReadFixed(), (long)reader.ReadFixed()),
        system.Provider.ResolveActorRef(reader.ReadText()));

    private static void WriteHead(WireWriter writer, RequestId request, Epoch epoch)
    {
        writer.WriteRequest(request);
        writer.WriteEpoch(epoch);
    }

    private static InstanceId ReadInstance(ref WireReader reader) => new(reader.ReadText());

    private static SubmitRefusal ReadReason(ref WireReader reader)
    {
        var reason = (SubmitRefusal)reader.ReadByte();
        return Enum.IsDefined(reason) ? reason : throw reader.Error($"{(byte)reason} is no reason for a refusal");
    }

    private static void Write(WireWriter writer, SamplingParameters sampling)
    {
        writer.WriteReal(sampling.Temperature);
        writer.WriteSigned(sampling.TopK);
        writer.WriteReal(sampling.TopP);
        writer.WriteReal(sampling.MinP);
        writer.WriteReal(sampling.RepetitionPenalty);
        writer.WriteReal(sampling.PresencePenalty);
        writer.WriteReal(sampling.FrequencyPenalty);
        writer.WriteCount(sampling.LogitBias.Count);
        foreach (var (token, bias) in sampling.LogitBias)
        {
            writer.WriteCount(token);
            writer.WriteReal(bias);
        }

        writer.WriteFixed(sampling.Seed);
        writer.WriteCount(sampling.Stop.Count);
        foreach (string stop in sampling.Stop) writer.WriteText(stop);
        writer.WriteCount(sampling.StopTokenIds.Count);
        foreach (int token in sampling.StopTokenIds) writer.WriteCount(token);
        writer.WriteSigned(sampling.MaxTokens);
        writer.WriteSigned(sampling.MinTokens);
        writer.WriteFlag(sampling.IgnoreEos);
        writer.WriteFlag(sampling.IncludeStop);
        writer.WriteFlag(sampling.Logprobs is not null);
        if (sampling.Logprobs is { } logprobs) writer.WriteSigned(logprobs);
    }

    private static SamplingParameters ReadSampling(ref WireReader reader)
    {
        float temperature = reader.ReadReal();
        int topK = reader.ReadSigned();
        float topP = reader.ReadReal(), minP = reader.ReadReal();
        float repetition = reader.ReadReal(), presence = reader.ReadReal(), frequency = reader.ReadReal();
        var bias = new Dictionary<int, float>();
        for (int left = reader.ReadLength(leastBytesEach: 5); left > 0; left--) bias[reader.ReadCount()] = reader.ReadReal();
        ulong seed = reader.ReadFixed();
        string[] stop = new string[reader.ReadLength(1)];
        for (int i = 0; i < stop.Length; i++) stop[i] = reader.ReadText();
        return new SamplingParameters
        {
            Temperature = temperature,
            TopK = topK,
            TopP = topP,
            MinP = minP,
            RepetitionPenalty = repetition,
            PresencePenalty = presence,
            FrequencyPenalty = frequency,
            LogitBias = bias,
            Seed = seed,
            Stop = stop,
            StopTokenIds = reader.ReadCounts(),
            MaxTokens = reader.ReadSigned(),
            MinTokens = reader.ReadSigned(),
            IgnoreEos = reader.ReadFlag(),
            IncludeStop = reader.ReadFlag(),
            Logprobs = reader.ReadFlag() ? reader.ReadSigned() : null,
        };
    }
}

using Akka.Actor;
using Llumnix.Actors.Protocols;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Requests;

namespace Llumnix.Actors.Serialization;

/// <summary>
/// <see cref="TokenProtocol"/> in binary. In a frame of 32 requests a token takes 26 bytes (its request's id is 16 of them), 29 ns to write
/// and 28 ns to read on one thread; an acknowledgement 21 bytes, 17 ns and 20 ns (<c>Llumnix.Benchmarks -- wire</c>).
/// </summary>
public sealed class TokenProtocolSerializer(ExtendedActorSystem system) : WireSerializer(system, 122)
{
    private const byte HasLogprobs = 0x80;

    /// <summary>Request 16, epoch 2, index 1, count 1, finish 1.</summary>
    private const int LeastEntryBytes = 21;

    /// <summary>Request 16, epoch 2, index 1, flag 1.</summary>
    private const int LeastAckBytes = 20;

    /// <summary>What it serializes.</summary>
    public static IReadOnlyList<Type> Messages { get; } = [typeof(TokenProtocol.TokenFrame), typeof(TokenProtocol.AckFrame)];

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        TokenProtocol.TokenFrame => "T",
        TokenProtocol.AckFrame => "A",
        _ => throw Unknown(o),
    };

    private protected override void Write(object message, WireWriter writer)
    {
        switch (message)
        {
            case TokenProtocol.TokenFrame frame:
                Write(writer, frame);
                break;
            case TokenProtocol.AckFrame acks:
                writer.WriteCount(acks.Entries.Length);
                foreach (var entry in acks.Entries)
                {
                    writer.WriteRequest(entry.Request);
                    writer.WriteEpoch(entry.Epoch);
                    writer.WriteCount(entry.NextIndex);
                    writer.WriteFlag(entry.Ended);
                }

                break;
            default:
                throw Unknown(message);
        }
    }

    private protected override object Read(string manifest, ref WireReader reader)
    {
        switch (manifest)
        {
            case "T":
                return ReadFrame(ref reader);
            case "A":
                var entries = new TokenProtocol.AckEntry[reader.ReadLength(LeastAckBytes)];
                for (int i = 0; i < entries.Length; i++)
                    entries[i] = new TokenProtocol.AckEntry(reader.ReadRequest(), reader.ReadEpoch(), reader.ReadCount(), reader.ReadFlag());
                return new TokenProtocol.AckFrame(entries);
            default:
                throw UnknownManifest(manifest);
        }
    }

    private static void Write(WireWriter writer, TokenProtocol.TokenFrame frame)
    {
        writer.WriteText(frame.Instance.Name);
        writer.WriteFixed((ulong)frame.Incarnation);
        int tokens = 0;
        foreach (var entry in frame.Entries) tokens += entry.Count;
        writer.WriteCount(tokens);
        writer.WriteCount(frame.Entries.Length);
        foreach (var entry in frame.Entries)
        {
            bool logprobs = HasAny(frame.Logprobs, entry);
            writer.WriteRequest(entry.Request);
            writer.WriteEpoch(entry.Epoch);
            writer.WriteCount(entry.FirstIndex);
            writer.WriteByte((byte)((byte)entry.Finish | (logprobs ? HasLogprobs : 0)));
            writer.WriteCounts(frame.Tokens.AsSpan(entry.Offset, entry.Count));
            if (!logprobs) continue;
            foreach (var token in frame.Logprobs.AsSpan(entry.Offset, entry.Count)) Write(writer, token);
        }
    }

    private static bool HasAny(TokenLogprobs?[]? logprobs, TokenProtocol.TokenEntry entry)
    {
        if (logprobs is null) return false;
        foreach (var token in logprobs.AsSpan(entry.Offset, entry.Count))
        {
            if (token is not null) return true;
        }

        return false;
    }

    internal static void Write(WireWriter writer, TokenLogprobs? logprobs)
    {
        writer.WriteFlag(logprobs is not null);
        if (logprobs is null) return;
        writer.WriteReal(logprobs.Logprob);
        writer.WriteCounts(logprobs.TopTokens);
        foreach (float value in logprobs.TopLogprobs.AsSpan(0, logprobs.TopTokens.Length)) writer.WriteReal(value);
    }

    private static TokenProtocol.TokenFrame ReadFrame(ref WireReader reader)
    {
        var instance = new InstanceId(reader.ReadText());
        long incarnation = (long)reader.ReadFixed();
        int[] tokens = new int[reader.ReadLength(1)];
        var entries = new TokenProtocol.TokenEntry[reader.ReadLength(LeastEntryBytes)];
        TokenLogprobs?[]? logprobs = null;
        int offset = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            var request = reader.ReadRequest();
            var epoch = reader.ReadEpoch();
            int firstIndex = reader.ReadCount();
            byte tail = reader.ReadByte();
            var finish = (FinishReason)(tail & ~HasLogprobs);
            if (finish > FinishReason.Failed) throw reader.Error($"{(byte)finish} is no reason to finish");
            int count = reader.ReadLength(1);
            if (count > tokens.Length - offset) throw reader.Error($"its entries have more than the {tokens.Length} tokens announced");
            reader.ReadEach(tokens.AsSpan(offset, count));
            if ((tail & HasLogprobs) != 0)
            {
                logprobs ??= new TokenLogprobs?[tokens.Length];
                for (int token = offset; token < offset + count; token++) logprobs[token] = ReadLogprobs(ref reader);
            }

            entries[i] = new TokenProtocol.TokenEntry(request, epoch, firstIndex, offset, count, finish);
            offset += count;
        }

        return offset == tokens.Length
            ? new TokenProtocol.TokenFrame(instance, incarnation, entries, tokens, logprobs)
            : throw reader.Error($"its entries have {offset} tokens, but {tokens.Length} are announced");
    }

    internal static TokenLogprobs? ReadLogprobs(ref WireReader reader)
    {
        if (!reader.ReadFlag()) return null;
        float chosen = reader.ReadReal();
        int[] top = new int[reader.ReadLength(leastBytesEach: 5)];
        reader.ReadEach(top);
        float[] values = new float[top.Length];
        for (int i = 0; i < values.Length; i++) values[i] = reader.ReadReal();
        return new TokenLogprobs(chosen, top, values);
    }
}

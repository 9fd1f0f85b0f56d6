using Akka.Actor;
using Llumnix.Actors.Protocols;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Actors.Serialization;

/// <summary>The commit of <see cref="MigrationProtocol"/> in binary: it carries a whole request while that stands still.</summary>
public sealed class MigrationProtocolSerializer(ExtendedActorSystem system) : WireSerializer(system, 124)
{
    /// <summary>Names the commit.</summary>
    public const string CommitManifest = "C";

    private readonly ExtendedActorSystem _system = system;

    /// <summary>What it serializes.</summary>
    public static IReadOnlyList<Type> Messages { get; } = [typeof(MigrationProtocol.Commit)];

    /// <inheritdoc/>
    public override string Manifest(object o) => o is MigrationProtocol.Commit ? CommitManifest : throw Unknown(o);

    private protected override void Write(object message, WireWriter writer)
    {
        var commit = (MigrationProtocol.Commit)message;
        writer.WriteFixed(commit.Migration.Value);
        InstanceProtocolSerializer.Write(writer, commit.State);
        writer.WriteText(Akka.Serialization.Serialization.SerializedActorPath(commit.Entity));
        writer.WriteCount(commit.Acknowledged);
        writer.WriteFlag(commit.Logprobs is not null);
        if (commit.Logprobs is not null)
        {
            writer.WriteCount(commit.Logprobs.Length);
            foreach (var logprobs in commit.Logprobs) TokenProtocolSerializer.Write(writer, logprobs);
        }

        writer.WriteCount(commit.Computed);
        writer.WriteCount(commit.Blocks);
        writer.WriteText(commit.Machine);
        writer.WriteFixed((ulong)commit.StoppedAt);
    }

    private protected override object Read(string manifest, ref WireReader reader)
    {
        if (manifest != CommitManifest) throw UnknownManifest(manifest);
        return new MigrationProtocol.Commit(
            new MigrationId(reader.ReadFixed()),
            InstanceProtocolSerializer.ReadSubmit(ref reader, _system),
            _system.Provider.ResolveActorRef(reader.ReadText()),
            reader.ReadCount(),
            reader.ReadFlag() ? ReadLogprobs(ref reader) : null,
            reader.ReadCount(),
            reader.ReadCount(),
            reader.ReadText(),
            (long)reader.ReadFixed());
    }

    private static TokenLogprobs?[] ReadLogprobs(ref WireReader reader)
    {
        var logprobs = new TokenLogprobs?[reader.ReadLength(1)];
        for (int i = 0; i < logprobs.Length; i++) logprobs[i] = TokenProtocolSerializer.ReadLogprobs(ref reader);
        return logprobs;
    }
}

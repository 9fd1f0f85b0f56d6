using System.Buffers.Binary;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Serialization;

namespace Llumnix.Actors.Migration;

/// <summary>
/// A commit as the last word of its KV stream, right behind the blocks it names, so that it does not go by way of remoting while a
/// request stands still: 2 bytes length of the source actor's path, the path in UTF-8, the commit as its serializer writes it.
/// </summary>
internal static class CommitFrame
{
    public static byte[] Write(ActorSystem system, MigrationProtocol.Commit commit, IActorRef source) =>
        Akka.Serialization.Serialization.WithTransport((ExtendedActorSystem)system, () =>
        {
            byte[] path = Encoding.UTF8.GetBytes(Akka.Serialization.Serialization.SerializedActorPath(source));
            byte[] body = Serializer(system).ToBinary(commit);
            byte[] frame = new byte[sizeof(ushort) + path.Length + body.Length];
            BinaryPrimitives.WriteUInt16LittleEndian(frame, checked((ushort)path.Length));
            path.CopyTo(frame, sizeof(ushort));
            body.CopyTo(frame, sizeof(ushort) + path.Length);
            return frame;
        });

    /// <exception cref="SerializationException">It is no commit.</exception>
    public static (MigrationProtocol.Commit Commit, IActorRef Source) Read(ActorSystem system, byte[] frame)
    {
        int length = frame.Length < sizeof(ushort) ? int.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(frame);
        if (length > frame.Length - sizeof(ushort)) throw new SerializationException($"{frame.Length} bytes are no commit's frame.");
        string path = Encoding.UTF8.GetString(frame, sizeof(ushort), length);
        var commit = (MigrationProtocol.Commit)Serializer(system).FromBinary(frame[(sizeof(ushort) + length)..], MigrationProtocolSerializer.CommitManifest);
        return (commit, ((ExtendedActorSystem)system).Provider.ResolveActorRef(path));
    }

    private static MigrationProtocolSerializer Serializer(ActorSystem system) =>
        (MigrationProtocolSerializer)system.Serialization.FindSerializerForType(typeof(MigrationProtocol.Commit));
}

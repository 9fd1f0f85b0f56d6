using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Llumnix.Actors.Serialization;

/// <summary>
/// A hand-written serializer of one protocol: a message is a version byte and its fields in order. Bytes that are no such message give a
/// <see cref="SerializationException"/> and nothing else, because Akka drops the whole association between two nodes on any other.
/// </summary>
public abstract class WireSerializer : SerializerWithStringManifest
{
    private const byte Version = 1;

    private protected WireSerializer(ExtendedActorSystem system, int identifier)
        : base(system) => Identifier = identifier;

    /// <inheritdoc/>
    public sealed override int Identifier { get; }

    /// <inheritdoc/>
    public sealed override byte[] ToBinary(object obj)
    {
        var writer = WireWriter.Rent();
        writer.WriteByte(Version);
        Write(obj, writer);
        return writer.Finish();
    }

    /// <inheritdoc/>
    public sealed override object FromBinary(byte[] bytes, string manifest)
    {
        var reader = new WireReader(bytes, $"message {manifest} for {GetType().Name}");
        try
        {
            byte version = reader.ReadByte();
            if (version != Version)
                throw reader.Error($"its format has version {version}, but this node reads version {Version}; all nodes must run the same release");
            object message = Read(manifest, ref reader);
            reader.End();
            return message;
        }
        catch (Exception e) when (e is not SerializationException)
        {
            throw new SerializationException(reader.Error(e.Message.TrimEnd('.')).Message, e);
        }
    }

    private protected abstract void Write(object message, WireWriter writer);

    private protected abstract object Read(string manifest, ref WireReader reader);

    private protected SerializationException Unknown(object message) =>
        new($"{message.GetType()} is no message of {GetType().Name}; bind its type to the right serializer in akka.hocon.");

    private protected SerializationException UnknownManifest(string manifest) =>
        new($"\"{manifest}\" is no message of {GetType().Name}; all nodes must run the same release.");
}

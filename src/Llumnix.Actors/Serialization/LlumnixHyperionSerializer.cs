using System.Runtime.Serialization;
using Akka.Actor;
using Hyperion;
using Llumnix.Actors.Protocols;
using AkkaSerializer = Akka.Serialization.Serializer;

namespace Llumnix.Actors.Serialization;

/// <summary>
/// Control messages by Hyperion: every <see cref="IWireMessage"/> that has no hand-written serializer. Both directions refuse what is not
/// on the list of <see cref="ControlTypes"/> with a <see cref="SerializationException"/>.
/// </summary>
public sealed class LlumnixHyperionSerializer : AkkaSerializer
{
    private readonly ControlTypes _types;
    private readonly Serializer _hyperion;

    public LlumnixHyperionSerializer(ExtendedActorSystem system)
        : this(system, ControlTypes.OfThisAssembly)
    {
    }

    internal LlumnixHyperionSerializer(ExtendedActorSystem system, IEnumerable<Type> messages)
        : base(system)
    {
        _types = new ControlTypes(messages);
        var reference = Surrogate.Create<IActorRef, ActorRefSurrogate>(
            actor => new ActorRefSurrogate(Akka.Serialization.Serialization.SerializedActorPath(actor)),
            surrogate => system.Provider.ResolveActorRef(surrogate.Path));
        _hyperion = new Serializer(new SerializerOptions(
            versionTolerance: false,
            preserveObjectReferences: false,
            surrogates: [reference],
            serializerFactories: null,
            knownTypes: null,
            ignoreISerializable: true,
            packageNameOverrides: null,
            disallowUnsafeTypes: true,
            typeFilter: _types));
    }

    /// <inheritdoc/>
    public override int Identifier => 120;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        if (!_types.IsMessage(obj.GetType())) throw Refused(obj.GetType());
        try
        {
            using var stream = new MemoryStream();
            _hyperion.Serialize(obj, stream);
            return stream.ToArray();
        }
        catch (Exception e) when (e is not SerializationException)
        {
            throw new SerializationException($"A {obj.GetType()} cannot be written: {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type type)
    {
        object message;
        try
        {
            using var stream = new MemoryStream(bytes, writable: false);
            message = _hyperion.Deserialize(stream);
            if (stream.Position < stream.Length) throw new SerializationException($"{stream.Length - stream.Position} bytes follow its end.");
        }
        catch (Exception e)
        {
            throw new SerializationException($"A control message of {bytes.Length} bytes cannot be read: {e.Message.TrimEnd('.')}.", e);
        }

        return message is not null && _types.IsMessage(message.GetType()) ? message : throw Refused(message?.GetType());
    }

    private static SerializationException Refused(Type? type) =>
        new($"{type?.ToString() ?? "null"} is no control message: only a type of this program marked {nameof(IWireMessage)} may cross nodes.");
}

using Akka.Actor;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Protocols;

namespace Llumnix.Actors.Serialization;

/// <summary>Which message crosses nodes by which serializer.</summary>
public static class WireBindings
{
    /// <summary>Every message type that may cross nodes.</summary>
    internal static IReadOnlyList<Type> Messages { get; } =
        [.. typeof(WireBindings).Assembly.GetTypes().Where(type => typeof(IWireMessage).IsAssignableFrom(type) && !type.IsInterface)];

    /// <summary>Those with a hand-written serializer.</summary>
    internal static IReadOnlyDictionary<Type, Type> HandWrittenSerializers { get; } = new Dictionary<Type, Type>(
        InstanceProtocolSerializer.Messages.Select(type => KeyValuePair.Create(type, typeof(InstanceProtocolSerializer)))
            .Concat(TokenProtocolSerializer.Messages.Select(type => KeyValuePair.Create(type, typeof(TokenProtocolSerializer))))
            .Concat(LoadProtocolSerializer.Messages.Select(type => KeyValuePair.Create(type, typeof(LoadProtocolSerializer))))
            .Concat(MigrationProtocolSerializer.Messages.Select(type => KeyValuePair.Create(type, typeof(MigrationProtocolSerializer)))));

    internal static IEnumerable<Type> HandWritten => HandWrittenSerializers.Keys;

    /// <summary>
    /// Checks that every wire message has its own serializer and that anything else is refused rather than sent by a fallback. A wrong
    /// serializer would otherwise show only as a log line, at the first message.
    /// </summary>
    /// <exception cref="ConfigurationException">A binding of <c>akka.hocon</c> was overridden.</exception>
    public static void Check(ActorSystem system)
    {
        const string strict = "akka.actor.serialization-settings.allow-unregistered-types";
        if (system.Settings.Config.GetBoolean(strict, true))
            throw new ConfigurationException($"{strict} is on; it must be off, so that no message is sent by a serializer that nobody chose.");

        foreach (var message in Messages)
        {
            var right = HandWrittenSerializers.GetValueOrDefault(message, typeof(LlumnixHyperionSerializer));
            var found = system.Serialization.FindSerializerForType(message).GetType();
            if (found != right)
                throw new ConfigurationException($"akka.actor.serialization-bindings gives {message} to {found.Name}; it must be {right.Name}.");
        }
    }
}

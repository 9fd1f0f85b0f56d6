using System.Runtime.Serialization;
using Akka.Actor;
using CsCheck;
using Hyperion.Internal;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Serialization;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Tests.Serialization;

public sealed class ControlSerializerTests : IClassFixture<NodeSystem>
{
    private readonly ExtendedActorSystem _system;
    private readonly LlumnixHyperionSerializer _serializer;

    public ControlSerializerTests(NodeSystem node)
    {
        _system = node.System;
        _serializer = new LlumnixHyperionSerializer(_system, [typeof(Everything), typeof(Empty), typeof(ManagerProtocol.Instances)]);
    }

    public enum Colour : byte
    {
        Red,
        Blue,
    }

    [Fact]
    public void Everything_a_control_message_may_hold_comes_out_as_it_went_in()
    {
        var actor = _system.ActorOf(Props.Empty, "who");
        var message = new Everything(
            "text", null, [1, 2], ["a", "b"], [new Part(new InstanceId("i"), null), new Part(new InstanceId("j"), 3)], TimeSpan.FromSeconds(1), Colour.Blue, 1.5, long.MinValue,
            actor, new RequestId(1, 2), null, [], Guid.Empty);

        var read = (Everything)Pass(message);

        Assert.Equal(Plain.Of(message), Plain.Of(read));
        Assert.Same(actor, read.Actor);
        Assert.Equal(new Empty(), Pass(new Empty()));
    }

    [Fact]
    public void The_instances_of_a_cluster_come_out_as_they_went_in()
    {
        var message = new ManagerProtocol.Instances([new InstanceStatus(new InstanceId("a/0"), "m", "a", "cpu", "k", "ready", 9, 8, 16, 1, 2, 3.5, 4, 5, 6)]);

        Assert.Equal(message.All, ((ManagerProtocol.Instances)Pass(message)).All);
    }

    [Fact]
    public void What_is_no_control_message_is_refused_in_both_directions()
    {
        var other = new LlumnixHyperionSerializer(_system, [typeof(Foreign), typeof(Part)]);
        byte[] foreign = other.ToBinary(new Foreign(new Part(new InstanceId("i"), 1)));
        byte[] part = other.ToBinary(new Part(new InstanceId("i"), 1));

        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new Foreign(null)));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new Part(new InstanceId("i"), 1)));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new FileInfo("x")));
        // Refused by its name, before anything of it is made.
        Assert.IsType<UserEvilDeserializationException>(Assert.Throws<SerializationException>(() => _serializer.FromBinary(foreign, null!)).InnerException);
        Assert.Throws<SerializationException>(() => _serializer.FromBinary(part, null!));
    }

    [Fact]
    public void A_shortened_or_random_control_message_is_refused()
    {
        byte[] bytes = _serializer.ToBinary(new ManagerProtocol.Instances([new InstanceStatus(new InstanceId("a/0"), "m", "a", "cpu", "k", "ready", 9, 8, 16, 1, 2, 3.5, 4, 5, 6)]));

        for (int length = 0; length < bytes.Length; length++)
            Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes[..length], null!));
        Assert.Throws<SerializationException>(() => _serializer.FromBinary([.. bytes, 0], null!));
        Gen.Byte.Array[0, 60].Sample(random => { Assert.Throws<SerializationException>(() => _serializer.FromBinary(random, null!)); }, iter: 500);
    }

    [Fact]
    public void A_message_whose_parts_are_not_known_from_its_type_is_no_control_message()
    {
        Assert.StartsWith(
            "Open.Anything is a System.Object, which does not say what it holds;",
            Assert.Throws<InvalidOperationException>(() => new LlumnixHyperionSerializer(_system, [typeof(Open)])).Message,
            StringComparison.Ordinal);
    }

    private object Pass(object message) => _serializer.FromBinary(_serializer.ToBinary(message), null!);

    public sealed record Everything(
        string Text, string? Nothing, int[] Numbers, string[] Words, Part[] Parts, TimeSpan Time, Colour Colour, double Real, long Large, IActorRef Actor, RequestId Request,
        Epoch? Epoch, Part[] None, Guid Id);

    public sealed record Part(InstanceId Instance, int? Count);

    public sealed record Empty;

    public sealed record Foreign(Part? Part);

    public sealed record Open(object Anything);
}

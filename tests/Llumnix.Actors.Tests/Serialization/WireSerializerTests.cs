using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using CsCheck;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Serialization;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Tests.Serialization;

public sealed class WireSerializerTests : IClassFixture<NodeSystem>
{
    private readonly ExtendedActorSystem _system;
    private readonly IReadOnlyDictionary<Type, Gen<object>> _generators;

    public WireSerializerTests(NodeSystem node)
    {
        _system = node.System;
        _generators = Messages.Generators(_system.ActorOf(Props.Empty));
    }

    public static TheoryData<Type> HandWritten => new(WireBindings.HandWritten);

    [Theory]
    [MemberData(nameof(HandWritten))]
    public void A_message_comes_out_as_it_went_in(Type type)
    {
        var serializer = SerializerOf(type);
        _generators[type].Sample(
            message =>
            {
                byte[] bytes = serializer.ToBinary(message);
                Assert.Equal(Plain.Of(message), Plain.Of(serializer.FromBinary(bytes, serializer.Manifest(message))));
            },
            iter: 300);
    }

    [Theory]
    [MemberData(nameof(HandWritten))]
    public void A_damaged_message_is_read_as_some_message_or_refused_with_a_sentence(Type type)
    {
        var serializer = SerializerOf(type);
        Gen.Select(_generators[type], Gen.Int[0, int.MaxValue], Gen.Byte, Gen.Int[0, 3]).Sample(
            (message, place, value, kind) =>
            {
                byte[] bytes = serializer.ToBinary(message);
                place %= bytes.Length;
                byte[] damaged = kind switch
                {
                    0 => bytes[..place],
                    1 => [.. bytes, value],
                    2 => [.. bytes[..place], value, .. bytes[place..]],
                    _ => [.. bytes[..place], value, .. bytes[(place + 1)..]],
                };
                AssertReadOrRefused(serializer, damaged, serializer.Manifest(message));
                if (kind is 0 or 1) Assert.Throws<SerializationException>(() => serializer.FromBinary(damaged, serializer.Manifest(message)));
            },
            iter: 1000);
    }

    [Theory]
    [MemberData(nameof(HandWritten))]
    public void Random_bytes_are_refused_with_a_sentence(Type type)
    {
        var serializer = SerializerOf(type);
        Gen.Select(_generators[type], Gen.Byte.Array[0, 80]).Sample(
            (message, bytes) =>
            {
                AssertReadOrRefused(serializer, bytes, serializer.Manifest(message));
                AssertReadOrRefused(serializer, [1, .. bytes], serializer.Manifest(message));
            },
            iter: 1000);
    }

    [Fact]
    public void Every_property_of_the_sampling_parameters_survives()
    {
        foreach (var property in typeof(SamplingParameters).GetProperties())
        {
            var sampling = new SamplingParameters();
            object other = property.PropertyType switch
            {
                var type when type == typeof(float) => 0.25f,
                var type when type == typeof(int) || type == typeof(int?) => 7,
                var type when type == typeof(ulong) => ulong.MaxValue,
                var type when type == typeof(bool) => true,
                var type when type == typeof(IReadOnlyList<string>) => new[] { "x" },
                var type when type == typeof(IReadOnlyList<int>) => new[] { 5 },
                var type when type == typeof(IReadOnlyDictionary<int, float>) => new Dictionary<int, float> { [3] = -1 },
                var type => throw new InvalidOperationException($"{property.Name} is a {type}: give it a value here."),
            };
            property.SetValue(sampling, other);
            var submit = new InstanceProtocol.Submit(new RequestId(1, 2), Epoch.First, [1], [], sampling, Priority.Normal, 9, default, _system.ActorOf(Props.Empty));
            var serializer = SerializerOf(typeof(InstanceProtocol.Submit));

            var read = (InstanceProtocol.Submit)serializer.FromBinary(serializer.ToBinary(submit), serializer.Manifest(submit));

            Assert.Equal(Plain.Of(other), Plain.Of(property.GetValue(read.Sampling)));
        }
    }

    [Fact]
    public void A_token_of_a_running_request_takes_no_more_bytes_than_promised()
    {
        var serializer = SerializerOf(typeof(TokenProtocol.TokenFrame));
        byte[] Frame(int requests) => serializer.ToBinary(new TokenProtocol.TokenFrame(
            new InstanceId("127.0.0.1:4053/0"), 1,
            [.. Enumerable.Range(0, requests).Select(i => new TokenProtocol.TokenEntry(new RequestId((ulong)i, 0), Epoch.First, 1000, i, 1, default))],
            [.. Enumerable.Repeat(30000, requests)],
            null));

        Assert.Equal(25 * 63, Frame(64).Length - Frame(1).Length);
    }

    [Fact]
    public void A_message_of_another_format_version_names_both_versions()
    {
        var serializer = SerializerOf(typeof(InstanceProtocol.Stop));

        Assert.Equal(
            "A message X for InstanceProtocolSerializer of 2 bytes is malformed at byte 1: its format has version 2, but this node reads version 1; all nodes must run the same release.",
            Assert.Throws<SerializationException>(() => serializer.FromBinary([2, 0], "X")).Message);
    }

    [Fact]
    public void An_unknown_manifest_and_a_foreign_message_are_refused()
    {
        var serializer = SerializerOf(typeof(TokenProtocol.TokenFrame));

        Assert.Throws<SerializationException>(() => serializer.FromBinary([1], "Q"));
        Assert.Throws<SerializationException>(() => serializer.Manifest("text"));
        Assert.Throws<SerializationException>(() => serializer.ToBinary("text"));
    }

    [Fact]
    public void A_few_bytes_that_announce_much_take_no_memory()
    {
        byte[] bytes = [1, 0, .. new byte[8], 0xFF, 0xFF, 0xFF, 0x7F];

        Assert.Contains(
            "268435455 elements are announced, but 0 bytes are left",
            Assert.Throws<SerializationException>(() => SerializerOf(typeof(TokenProtocol.TokenFrame)).FromBinary(bytes, "T")).Message,
            StringComparison.Ordinal);
    }

    private static void AssertReadOrRefused(SerializerWithStringManifest serializer, byte[] bytes, string manifest)
    {
        try
        {
            Assert.NotNull(serializer.FromBinary(bytes, manifest));
        }
        catch (SerializationException e)
        {
            Assert.EndsWith(".", e.Message, StringComparison.Ordinal);
        }
    }

    private SerializerWithStringManifest SerializerOf(Type type) => (SerializerWithStringManifest)_system.Serialization.FindSerializerForType(type);
}

using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Llumnix.Actors.Configuration;
using Llumnix.Actors.Protocols;
using Llumnix.Actors.Serialization;
using Llumnix.Gpu.Sampling;
using Llumnix.Scheduling;
using ConfigurationException = Llumnix.Actors.Configuration.ConfigurationException;

namespace Llumnix.Actors.Tests.Serialization;

public sealed class WireBindingsTests : IClassFixture<NodeSystem>
{
    private readonly ExtendedActorSystem _system;

    public WireBindingsTests(NodeSystem node) => _system = node.System;

    [Fact]
    public void Every_wire_message_has_the_serializer_meant_for_it()
    {
        Assert.NotEmpty(WireBindings.Messages);
        Assert.Subset(WireBindings.Messages.ToHashSet(), WireBindings.HandWritten.ToHashSet());
        WireBindings.Check(_system);
        foreach (var message in WireBindings.Messages)
        {
            var expected = WireBindings.HandWrittenSerializers.GetValueOrDefault(message, typeof(LlumnixHyperionSerializer));
            Assert.IsType(expected, _system.Serialization.FindSerializerForType(message));
        }
    }

    [Fact]
    public void A_type_without_a_binding_is_refused_rather_than_sent_by_a_fallback()
    {
        Assert.Throws<SerializationException>(() => _system.Serialization.FindSerializerForType(typeof(Unbound)));
    }

    [Theory]
    [InlineData(
        "akka.actor.serialization-settings.allow-unregistered-types = on",
        "akka.actor.serialization-settings.allow-unregistered-types is on; it must be off, so that no message is sent by a serializer that nobody chose.")]
    [InlineData(
        "akka.actor.serialization-bindings { \"Llumnix.Actors.Protocols.InstanceProtocol+Stop, Llumnix.Actors\" = json }",
        "akka.actor.serialization-bindings gives Llumnix.Actors.Protocols.InstanceProtocol+Stop to NewtonSoftJsonSerializer; it must be InstanceProtocolSerializer.")]
    public async Task An_overridden_binding_is_found_at_the_start(string overridden, string sentence)
    {
        var system = ActorSystem.Create(NodeOptions.SystemName, ConfigurationFactory.ParseString(overridden).WithFallback(LlumnixConfiguration.Load().Akka));
        try
        {
            Assert.Equal(sentence, Assert.Throws<ConfigurationException>(() => WireBindings.Check(system)).Message);
        }
        finally
        {
            await system.Terminate();
        }
    }

    [Fact]
    public async Task A_submit_with_a_prompt_of_200000_tokens_reaches_another_node_with_its_receiver()
    {
        var there = new NodeSystem();
        try
        {
            there.System.ActorOf(Props.Create(() => new Answerer()), "instance");
            var address = there.System.Provider.DefaultAddress;
            var answers = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
            var receiver = _system.ActorOf(Props.Create(() => new Collector(answers)));
            int[] prompt = [.. Enumerable.Repeat(128_000, 200_000)];
            var submit = new InstanceProtocol.Submit(new RequestId(1, 2), Epoch.First, prompt, [], new SamplingParameters(), Priority.Normal, 3, default, receiver);

            _system.ActorSelection(new RootActorPath(address) / "user" / "instance").Tell(submit);

            var answer = Assert.IsType<InstanceProtocol.Resend>(await answers.Task.WaitAsync(TimeSpan.FromSeconds(30)));
            Assert.Equal(new InstanceProtocol.Resend(submit.Request, submit.Epoch, prompt.Length), answer);
        }
        finally
        {
            await there.DisposeAsync();
        }
    }

    private sealed record Unbound;

    private sealed class Answerer : ReceiveActor
    {
        public Answerer() => Receive<InstanceProtocol.Submit>(submit => submit.Receiver.Tell(new InstanceProtocol.Resend(submit.Request, submit.Epoch, submit.Prompt.Length)));
    }

    private sealed class Collector : ReceiveActor
    {
        public Collector(TaskCompletionSource<object> answers) => ReceiveAny(message => answers.TrySetResult(message));
    }
}

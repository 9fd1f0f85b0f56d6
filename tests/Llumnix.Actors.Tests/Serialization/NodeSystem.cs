using Akka.Actor;
using Llumnix.Actors.Configuration;

namespace Llumnix.Actors.Tests.Serialization;

/// <summary>An actor system of the program's own configuration, on a free port.</summary>
public sealed class NodeSystem : IAsyncLifetime
{
    public ExtendedActorSystem System { get; } = (ExtendedActorSystem)ActorSystem.Create(NodeOptions.SystemName, LlumnixConfiguration.Load().Akka);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => System.Terminate();
}

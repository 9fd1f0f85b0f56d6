using Akka.Actor;

namespace Llumnix.Actors.Cluster;

/// <summary>
/// Parent of a gateway's actors. One that throws goes on with its next message: what it knows of running requests is not to be had again,
/// and nothing in one message is worth losing that.
/// </summary>
internal sealed class GatewayActor : ReceiveActor
{
    public const string Name = "gateway";

    public const string Dispatcher = "dispatcher";

    public const string Receiver = "receiver";

    public const string Sessions = "sessions";

    public GatewayActor() => Receive<Host>(host => Sender.Tell(Context.ActorOf(host.Props, host.Name)));

    /// <summary>Where every gateway's dispatcher is, below its node's address.</summary>
    public static string[] DispatcherPath { get; } = ["user", Name, Dispatcher];

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Resume);

    /// <summary>Start a child. Answered by its reference.</summary>
    public sealed record Host(string Name, Props Props);
}

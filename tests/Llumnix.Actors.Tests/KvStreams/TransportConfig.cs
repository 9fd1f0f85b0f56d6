namespace Llumnix.Actors.Tests.KvStreams;

/// <summary>What a KV transport needs of its actor system's configuration.</summary>
internal static class TransportConfig
{
    public const string Text = "akka.actor.kv-dispatcher { type = PinnedDispatcher, executor = fork-join-executor }";
}

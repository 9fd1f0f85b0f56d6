namespace Llumnix.Actors.KvStreams;

/// <summary>Carries KV blocks from this node's instances to others, in this process or another.</summary>
public interface IKvTransport
{
    /// <summary>Where this node takes streams in.</summary>
    KvEndpoint Endpoint { get; }

    /// <summary>What this node awaits.</summary>
    KvInbox Inbox { get; }

    /// <summary>Opens the stream that <paramref name="destination"/> has reserved under <paramref name="stream"/>.</summary>
    /// <exception cref="KvStreamException">The destination cannot be reached or does not know the cluster's secret.</exception>
    Task<IKvStream> OpenAsync(
        KvEndpoint destination, KvStreamId stream, IKvBlockMemory memory, CancellationToken cancellationToken);
}

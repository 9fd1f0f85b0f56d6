namespace Llumnix.Actors.KvStreams;

/// <summary>The source's end of one KV stream.</summary>
public interface IKvStream : IAsyncDisposable
{
    /// <summary>
    /// Sends one stage; completes when the destination has every block of it in place and checked. One stage at a time. The blocks must
    /// stay as they are until then.
    /// </summary>
    /// <exception cref="KvStreamException">Not all of them arrived; the stream carries nothing more.</exception>
    Task SendStageAsync(IReadOnlyList<KvBlockRef> blocks, CancellationToken cancellationToken);

    /// <summary>
    /// Sends the stage for which a request stands still, and after it a message to whoever reserved the stream. It waits neither for the
    /// bandwidth limit nor for another thread: what the link takes at once is on its way when this returns, and within one process all
    /// of it has arrived. Completes and fails as <see cref="SendStageAsync"/>; without blocks, when the message is on its way.
    /// </summary>
    /// <param name="blocks">The blocks, few.</param>
    /// <param name="message">Makes the message while the blocks travel, called before this returns; null sends none, as within one process.</param>
    /// <param name="cancellationToken">Breaks the stream.</param>
    Task SendLastStageAsync(IReadOnlyList<KvBlockRef> blocks, Func<byte[]>? message, CancellationToken cancellationToken);

    /// <summary>Whether the destination is in this process.</summary>
    bool IsLocal { get; }
}

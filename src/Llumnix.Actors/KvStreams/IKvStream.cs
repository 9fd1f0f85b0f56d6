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
}

namespace Llumnix.Actors.KvStreams;

/// <summary>A KV stream failed; nothing it carried may be used. The message names the stream and what happened.</summary>
public sealed class KvStreamException : IOException
{
    public KvStreamException()
    {
    }

    public KvStreamException(string message)
        : base(message)
    {
    }

    public KvStreamException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

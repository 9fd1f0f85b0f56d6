using System.Buffers;

namespace Llumnix.Host.Bodies;

/// <summary>A body in pooled memory, which goes back when this is disposed.</summary>
internal readonly struct ReceivedBody(byte[] buffer, int length) : IDisposable
{
    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);
}

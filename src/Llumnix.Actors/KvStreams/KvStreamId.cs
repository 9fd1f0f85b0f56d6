using System.Globalization;

namespace Llumnix.Actors.KvStreams;

/// <summary>Names one KV stream; drawn by the destination when it reserves the blocks, so that nobody else can write into them.</summary>
public readonly record struct KvStreamId(ulong Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

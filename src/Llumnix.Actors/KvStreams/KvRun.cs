namespace Llumnix.Actors.KvStreams;

/// <summary>
/// Some blocks of a stage, one after the other, at most <see cref="LargestBytes"/> unless one block is larger: what passes the pipeline at
/// a time. There is one in a connection, used again and again, so that blocks cost the pipeline nothing.
/// </summary>
internal sealed class KvRun
{
    /// <summary>Large enough that the pipeline's cost vanishes, small enough that streams share the bandwidth evenly.</summary>
    public const int LargestBytes = 1 << 20;

    public KvStage Stage { get; private set; } = null!;

    /// <summary>The first block, counted within the stage.</summary>
    public int First { get; private set; }

    public int Count { get; private set; }

    public long Bytes => (long)Count * Stage.Memory.BytesPerBlock;

    /// <summary>Whether the stage ends with it.</summary>
    public bool IsLast => First + Count == Stage.Count;

    public void Begin(KvStage stage)
    {
        Stage = stage;
        First = 0;
        Count = 0;
        Next();
    }

    /// <summary>Goes on to the next blocks of the stage.</summary>
    public void Next()
    {
        First += Count;
        Count = Math.Min(Stage.Count - First, Math.Max(1, LargestBytes / Stage.Memory.BytesPerBlock));
    }
}

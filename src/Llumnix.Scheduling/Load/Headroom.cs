namespace Llumnix.Scheduling.Load;

/// <summary>
/// Blocks of an instance kept free for a priority class, either a number of them or what is left above a target load: the load up to which
/// the class keeps its decode speed.
/// </summary>
public readonly record struct Headroom
{
    private readonly int _blocks;
    private readonly double _share;
    private readonly bool _aboveTarget;

    private Headroom(int blocks, double share, bool aboveTarget)
    {
        _blocks = blocks;
        _share = share;
        _aboveTarget = aboveTarget;
    }

    /// <summary>None.</summary>
    public static Headroom None => default;

    /// <summary>So many blocks, 0 or more, whatever the instance has.</summary>
    public static Headroom OfBlocks(int blocks) => blocks >= 0
        ? new(blocks, 0, aboveTarget: false)
        : throw new ArgumentException($"A headroom is {blocks} blocks; it must be 0 or more.");

    /// <summary>All but so many blocks, 0 or more; none where the instance has no more than these.</summary>
    public static Headroom AboveBlocks(int target) => target >= 0
        ? new(target, 0, aboveTarget: true)
        : throw new ArgumentException($"A target load is {target} blocks; it must be 0 or more.");

    /// <summary>All but this share of the instance's blocks, from 0 to 1.</summary>
    public static Headroom AboveShare(double target) => target is >= 0 and <= 1
        ? new(0, target, aboveTarget: true)
        : throw new ArgumentException($"A target load is {target}; it must be a share from 0 to 1.");

    /// <summary>In blocks, on an instance of <paramref name="totalBlocks"/>.</summary>
    public int On(int totalBlocks) => _aboveTarget
        ? Math.Max(0, totalBlocks - Math.Max(_blocks, (int)Math.Ceiling(_share * totalBlocks)))
        : _blocks;
}

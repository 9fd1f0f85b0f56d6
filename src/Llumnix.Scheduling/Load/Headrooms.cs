namespace Llumnix.Scheduling.Load;

/// <summary>
/// Blocks kept free for each priority class on each instance that runs it, so that its requests keep their decode speed (Llumnix,
/// OSDI 2024, section 4.4.1).
/// </summary>
public sealed class Headrooms
{
    private readonly int[] _blocks;

    /// <param name="blocks">By <see cref="Priority.Rank"/>, each 0 or more; classes beyond have none.</param>
    /// <exception cref="ArgumentException">A headroom is negative.</exception>
    public Headrooms(params IEnumerable<int> blocks)
    {
        _blocks = [.. blocks];
        int rank = Array.FindIndex(_blocks, count => count < 0);
        if (rank >= 0) throw new ArgumentException($"The headroom of priority class {rank} is {_blocks[rank]} blocks; it must be 0 or more.");
    }

    /// <summary>No headroom for any class: what autoscaling looks at.</summary>
    public static Headrooms None { get; } = new([]);

    /// <summary>The headroom of <paramref name="priority"/> in blocks.</summary>
    public int Of(Priority priority) => priority.Rank < _blocks.Length ? _blocks[priority.Rank] : 0;
}

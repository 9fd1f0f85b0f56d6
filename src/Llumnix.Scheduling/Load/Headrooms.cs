namespace Llumnix.Scheduling.Load;

/// <summary>
/// Blocks kept free for each priority class on each instance that runs it, so that its requests keep their decode speed (Llumnix,
/// OSDI 2024, section 4.4.1).
/// </summary>
public sealed class Headrooms
{
    private readonly Headroom[] _byRank;

    /// <param name="byRank">By <see cref="Priority.Rank"/>; classes beyond have none.</param>
    public Headrooms(IEnumerable<Headroom> byRank) => _byRank = [.. byRank];

    /// <param name="blocks">By <see cref="Priority.Rank"/>, each 0 or more; classes beyond have none.</param>
    /// <exception cref="ArgumentException">A headroom is negative.</exception>
    public Headrooms(params IEnumerable<int> blocks)
    {
        _byRank = [.. blocks.Select((count, rank) => count >= 0
            ? Headroom.OfBlocks(count)
            : throw new ArgumentException($"The headroom of priority class {rank} is {count} blocks; it must be 0 or more."))];
    }

    /// <summary>No headroom for any class: what autoscaling looks at.</summary>
    public static Headrooms None { get; } = new(Enumerable.Empty<Headroom>());

    /// <summary>The headroom of <paramref name="priority"/> in blocks, on an instance of <paramref name="totalBlocks"/>.</summary>
    public int Of(Priority priority, int totalBlocks) => priority.Rank < _byRank.Length ? _byRank[priority.Rank].On(totalBlocks) : 0;
}

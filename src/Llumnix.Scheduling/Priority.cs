namespace Llumnix.Scheduling;

/// <summary>A priority class by its rank in the configuration: 0 is served first.</summary>
public readonly record struct Priority(byte Rank) : IComparable<Priority>
{
    public static Priority High => new(0);

    public static Priority Normal => new(1);

    public static Priority Low => new(2);

    /// <summary>Orders the more urgent class first.</summary>
    public int CompareTo(Priority other) => Rank.CompareTo(other.Rank);

    /// <inheritdoc/>
    public override string ToString() => Rank switch { 0 => "high", 1 => "normal", 2 => "low", _ => $"class {Rank}" };
}

using System.Globalization;

namespace Llumnix.Scheduling;

/// <summary>A priority class by its rank in the configuration: 0 is served first.</summary>
public readonly record struct Priority(byte Rank) : IComparable<Priority>
{
    /// <summary>Of the standard classes.</summary>
    public static Priority High => new(0);

    /// <inheritdoc cref="High"/>
    public static Priority Normal => new(1);

    /// <inheritdoc cref="High"/>
    public static Priority Low => new(2);

    /// <summary>Orders the more urgent class first.</summary>
    public int CompareTo(Priority other) => Rank.CompareTo(other.Rank);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"priority {Rank}");
}

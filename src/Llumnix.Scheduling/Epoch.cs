namespace Llumnix.Scheduling;

/// <summary>
/// Fences every placement of a request. The incarnation rises when another gateway takes the request over, the placement with each
/// placement, migration and recovery; compared in that order. Whoever holds an older epoch may not speak.
/// </summary>
public readonly record struct Epoch(int Incarnation, int Placement) : IComparable<Epoch>
{
    /// <summary>The epoch of a request's first placement.</summary>
    public static Epoch First => new(1, 1);

    /// <summary>The next placement in this incarnation.</summary>
    public Epoch NextPlacement() => this with { Placement = Placement + 1 };

    /// <inheritdoc/>
    public int CompareTo(Epoch other) =>
        Incarnation != other.Incarnation ? Incarnation.CompareTo(other.Incarnation) : Placement.CompareTo(other.Placement);

    public static bool operator <(Epoch left, Epoch right) => left.CompareTo(right) < 0;

    public static bool operator >(Epoch left, Epoch right) => left.CompareTo(right) > 0;

    public static bool operator <=(Epoch left, Epoch right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Epoch left, Epoch right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Incarnation}.{Placement}";
}

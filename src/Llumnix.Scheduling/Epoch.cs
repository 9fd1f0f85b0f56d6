namespace Llumnix.Scheduling;

/// <summary>
/// Fences every placement of a request. The incarnation rises when another gateway takes the request over, the placement with each
/// placement, migration and recovery. Incarnations are compared first, then, where two gateways take a request over at once, the gateways,
/// then placements. Whoever holds an older epoch may not speak.
/// </summary>
public readonly record struct Epoch(int Incarnation, int Placement) : IComparable<Epoch>
{
    /// <summary>The uid of the gateway's node that drew the incarnation; 0 for the first one, which nobody else can draw.</summary>
    public int Gateway { get; init; }

    /// <summary>The epoch of a request's first placement.</summary>
    public static Epoch First => new(1, 1);

    /// <summary>The next placement in this incarnation.</summary>
    public Epoch NextPlacement() => this with { Placement = Placement + 1 };

    /// <summary>The first placement in the incarnation with which <paramref name="gateway"/> takes the request over.</summary>
    public Epoch NextIncarnation(int gateway) => new(Incarnation + 1, 1) { Gateway = gateway };

    /// <summary>Whether another gateway has taken the request over after this epoch was given out.</summary>
    public bool IsTakenOverBy(Epoch other) => CompareOwners(other) < 0;

    /// <inheritdoc/>
    public int CompareTo(Epoch other) => CompareOwners(other) is var owners and not 0 ? owners : Placement.CompareTo(other.Placement);

    public static bool operator <(Epoch left, Epoch right) => left.CompareTo(right) < 0;

    public static bool operator >(Epoch left, Epoch right) => left.CompareTo(right) > 0;

    public static bool operator <=(Epoch left, Epoch right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Epoch left, Epoch right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Incarnation}.{Placement}";

    private int CompareOwners(Epoch other) =>
        Incarnation != other.Incarnation ? Incarnation.CompareTo(other.Incarnation) : Gateway.CompareTo(other.Gateway);
}

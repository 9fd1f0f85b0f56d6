namespace Llumnix.Scheduling;

/// <summary>Names one instance in the cluster, for example <c>127.0.0.1:4053/0</c>: its node's address and its number there.</summary>
public readonly record struct InstanceId(string Name) : IComparable<InstanceId>
{
    /// <inheritdoc/>
    public int CompareTo(InstanceId other) => string.CompareOrdinal(Name, other.Name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

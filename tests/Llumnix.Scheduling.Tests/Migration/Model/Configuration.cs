namespace Llumnix.Scheduling.Tests.Migration.Model;

/// <summary>What one exploration covers.</summary>
/// <param name="Name">For the report.</param>
public sealed record Configuration(string Name)
{
    /// <summary>Instances, 2 or 3; any may move the request to any other.</summary>
    public int Instances { get; init; } = 2;

    /// <summary>The uids of the gateways' nodes, in the order in which the client comes to them.</summary>
    public int[] Gateways { get; init; } = [1, 9, 5];

    /// <summary>Tokens of the request.</summary>
    public int Length { get; init; } = 2;

    /// <summary>
    /// Whether messages from one to another come in the order in which they were sent, as between two actors; otherwise any message may
    /// overtake any other.
    /// </summary>
    public bool InOrder { get; init; }

    /// <summary>Migrations ordered.</summary>
    public int Moves { get; init; } = 1;

    /// <summary>How many faults may happen, of <see cref="Kinds"/>.</summary>
    public int Faults { get; init; }

    /// <summary>Which faults may happen.</summary>
    public Faults Kinds { get; init; } = Model.Faults.All;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

using System.Globalization;

namespace Llumnix.Scheduling.Migration;

/// <summary>Names one migration; 64 random bits drawn by its source, so that a restarted source never speaks of an earlier one.</summary>
public readonly record struct MigrationId(ulong Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

using Llumnix.Actors.Protocols;

namespace Llumnix.Host.Http;

/// <summary>What one instance holds, as operators see it.</summary>
internal sealed record InstanceAuditView(
    string Id, int TotalBlocks, int FreeBlocks, int RequestBlocks, int ReservedBlocks, int PinnedBlocks, int ReservedPlaces, int Requests, int Sequences,
    int MigrationsOut, int MigrationsIn, int OutcomesKept, int EndedKept, int ForwardingNotes, int Receivers)
{
    public static InstanceAuditView Of(InstanceAudit audit) => new(
        audit.Instance.Name, audit.TotalBlocks, audit.FreeBlocks, audit.RequestBlocks, audit.ReservedBlocks, audit.PinnedBlocks, audit.ReservedPlaces,
        audit.Requests, audit.Sequences, audit.MigrationsOut, audit.MigrationsIn, audit.OutcomesKept, audit.EndedKept, audit.ForwardingNotes,
        audit.Receivers);
}

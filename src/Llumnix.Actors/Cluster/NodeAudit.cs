namespace Llumnix.Actors.Cluster;

/// <summary>What one node holds beside its instances.</summary>
/// <param name="Sessions">Clients' sessions, those kept for <c>resume-window</c> included.</param>
/// <param name="Entities">Requests' entities.</param>
/// <param name="Followed">Entities that its token receiver hands tokens to.</param>
/// <param name="KvReservations">KV streams that may come in.</param>
/// <param name="KvConnectionsIdle">KV connections this node opened and keeps for the next stream.</param>
/// <param name="KvConnectionsIn">KV connections that other nodes opened.</param>
public sealed record NodeAudit(int Sessions, int Entities, int Followed, int KvReservations, int KvConnectionsIdle, int KvConnectionsIn);

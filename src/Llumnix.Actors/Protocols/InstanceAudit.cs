using Llumnix.Scheduling;

namespace Llumnix.Actors.Protocols;

/// <summary>Everything an instance holds, counted from its owners' side.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="TotalBlocks">All its blocks.</param>
/// <param name="FreeBlocks">Those nobody holds.</param>
/// <param name="RequestBlocks">Those in the tables of its requests.</param>
/// <param name="ReservedBlocks">Those held for requests that are on their way here.</param>
/// <param name="PinnedBlocks">Those held because a stream reads them.</param>
/// <param name="ReservedPlaces">Places of its batch held for requests on their way here.</param>
/// <param name="Requests">Requests that wait, run or are taken out.</param>
/// <param name="Sequences">Sequences its GPU actor holds.</param>
/// <param name="MigrationsOut">Migrations out of it that have not ended.</param>
/// <param name="MigrationsIn">Migrations into it that have not ended.</param>
/// <param name="OutcomesKept">Ended migrations into it whose outcome is kept for <c>resume-window</c>.</param>
/// <param name="EndedKept">Ended, stopped and moved requests it remembers for <c>resume-window</c>.</param>
/// <param name="ForwardingNotes">Those of them that moved.</param>
/// <param name="Receivers">Gateways it has frames for.</param>
/// <param name="Problems">A sentence for everything that does not add up; empty where all does.</param>
public sealed record InstanceAudit(
    InstanceId Instance,
    int TotalBlocks,
    int FreeBlocks,
    int RequestBlocks,
    int ReservedBlocks,
    int PinnedBlocks,
    int ReservedPlaces,
    int Requests,
    int Sequences,
    int MigrationsOut,
    int MigrationsIn,
    int OutcomesKept,
    int EndedKept,
    int ForwardingNotes,
    int Receivers,
    string[] Problems) : IWireMessage;

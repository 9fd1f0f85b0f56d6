using Akka.Actor;
using Llumnix.Actors.Configuration;
using Llumnix.Gpu.Engine;

namespace Llumnix.Actors.Sessions;

/// <summary>What all sessions of a gateway's node share.</summary>
/// <param name="Models">By served name, what each model says about prompts and outputs.</param>
/// <param name="Requests">The shard region of request entities.</param>
/// <param name="NodeUid">This node's uid, where the entities of its sessions live.</param>
/// <param name="MaxChoices">The most choices a session may have.</param>
/// <param name="Delivery">Windows and buffers.</param>
/// <param name="Time">The clock.</param>
internal sealed record SessionSetup(
    IReadOnlyDictionary<string, OutputRules> Models,
    IActorRef Requests,
    int NodeUid,
    int MaxChoices,
    DeliveryOptions Delivery,
    TimeProvider Time);

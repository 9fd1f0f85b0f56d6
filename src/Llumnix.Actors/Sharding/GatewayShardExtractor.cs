using System.Globalization;
using Akka.Cluster.Sharding;
using Llumnix.Actors.Protocols;
using Llumnix.Scheduling;

namespace Llumnix.Actors.Sharding;

/// <summary>
/// Names the shard of a request <c>&lt;gateway node uid&gt;/&lt;slot&gt;</c>, so that its id says where it lives; the slot is drawn from
/// the session's id.
/// </summary>
/// <param name="slots">Shards a gateway has, the same on every node.</param>
internal sealed class GatewayShardExtractor(int slots) : IMessageExtractor
{
    private const string TouchPrefix = "slot-";

    public string? EntityId(object message) => message switch
    {
        RequestProtocol.ToEntity to => to.Request.ToString(),
        RequestProtocol.TouchSlot touch => TouchPrefix + touch.Slot.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    public object? EntityMessage(object message) => message switch
    {
        RequestProtocol.ToEntity to => to.Message,
        RequestProtocol.TouchSlot touch => touch,
        _ => null,
    };

    public string? ShardId(object message) => message switch
    {
        RequestProtocol.ToEntity to => ShardId(to.NodeUid, SlotOf(to.Request)),
        RequestProtocol.TouchSlot touch => ShardId(touch.NodeUid, touch.Slot),
        _ => null,
    };

    /// <summary>A shard cannot be told from an entity's id alone, since that does not name its node; only remembered entities would ask.</summary>
    public string ShardId(string entityId, object? messageHint = null) =>
        (messageHint is null ? null : ShardId(messageHint))
        ?? throw new NotSupportedException($"The shard of entity {entityId} is named by its messages, not by its id.");

    /// <summary>The uid of the node that owns a shard of this name; false where the name is not of this form.</summary>
    internal static bool TryReadNodeUid(string shardId, out int nodeUid) =>
        int.TryParse(shardId.AsSpan(0, Math.Max(0, shardId.IndexOf('/', StringComparison.Ordinal))), CultureInfo.InvariantCulture, out nodeUid);

    private static string ShardId(int nodeUid, int slot) => string.Create(CultureInfo.InvariantCulture, $"{nodeUid}/{slot}");

    /// <summary>Choices of one session share a slot.</summary>
    private int SlotOf(RequestId request) => (int)((request.High ^ (request.Low >> 16)) % (uint)slots);
}

using Llumnix.Actors.Cluster;

namespace Llumnix.Actors.Protocols;

/// <summary>Between operators (and the nodes that ask for them) and the global manager.</summary>
public static class ManagerProtocol
{
    /// <summary>Which instances are there? Answered by <see cref="Instances"/>.</summary>
    public sealed record ListInstances : IWireMessage
    {
        public static ListInstances Instance { get; } = new();
    }

    /// <summary>All instances the manager has heard of, by id.</summary>
    public sealed record Instances(InstanceStatus[] All) : IWireMessage;
}

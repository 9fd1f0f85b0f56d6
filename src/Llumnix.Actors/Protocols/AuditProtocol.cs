namespace Llumnix.Actors.Protocols;

/// <summary>Counting what is held, by whom: for operators who look for a leak, and for tests that look for any.</summary>
public static class AuditProtocol
{
    /// <summary>What do you hold? Answered by <see cref="InstanceAudit"/>; waits for the step under way.</summary>
    public sealed record AuditInstance : IWireMessage
    {
        public static AuditInstance Instance { get; } = new();
    }

    /// <summary>How many sessions are there? Answered by <see cref="Sessions"/>.</summary>
    internal sealed record CountSessions
    {
        public static CountSessions Instance { get; } = new();
    }

    /// <summary>So many.</summary>
    internal sealed record Sessions(int Count);
}

namespace Llumnix.Scheduling.Rebalance;

/// <summary>Which requests an order is about.</summary>
public enum MoveKind : byte
{
    /// <summary>Whichever the request choice puts first.</summary>
    Any = 0,

    /// <summary>Those that run, with their KV.</summary>
    Running = 1,

    /// <summary>Those that wait and so have no KV to move.</summary>
    Waiting = 2,
}

namespace Llumnix.Host.Benchmarks;

/// <summary>Where the two instances of a benchmark are.</summary>
internal enum Placement
{
    /// <summary>Both in this process.</summary>
    InProcess,

    /// <summary>One in this process, one in a child process that joins the cluster.</summary>
    TwoProcesses,
}

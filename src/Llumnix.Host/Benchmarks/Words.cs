using Llumnix.Scheduling.Migration;

namespace Llumnix.Host.Benchmarks;

/// <summary>How choices are written on the command line and in results.</summary>
internal static class Words
{
    public static string Of(Placement placement) => placement == Placement.InProcess ? "in-process" : "two-processes";

    public static string Of(MigrationMethod method) => method switch
    {
        MigrationMethod.Live => "live",
        MigrationMethod.BlockingCopy => "blocking-copy",
        _ => "recompute",
    };
}

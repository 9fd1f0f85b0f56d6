namespace Llumnix.Scheduling.Migration;

/// <summary>The names that methods and outcomes have in configuration, answers, logs and metrics.</summary>
public static class MigrationWords
{
    public static string Of(MigrationMethod method) => method switch
    {
        MigrationMethod.Live => "live",
        MigrationMethod.BlockingCopy => "blocking-copy",
        MigrationMethod.Recompute => "recompute",
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "This is no method of migration."),
    };

    public static string Of(MigrationOutcome outcome) => outcome switch
    {
        MigrationOutcome.Moved => "moved",
        MigrationOutcome.Aborted => "aborted",
        MigrationOutcome.Reverted => "reverted",
        MigrationOutcome.Overtaken => "overtaken",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "This is no outcome of a migration."),
    };
}

using Llumnix.Scheduling.Migration;
using Llumnix.Simulation.Costs;

namespace Llumnix.Simulation.Results;

/// <summary>What is counted during a run.</summary>
internal sealed class RunStatistics
{
    /// <summary>From one token of a request to its next.</summary>
    public TimeHistogram TokenTimes { get; } = new();

    public Timeline Timeline { get; } = new();

    public long Steps { get; private set; }

    public long PromptTokens { get; private set; }

    public int MigrationsStarted { get; set; }

    /// <summary>Requests that moved while they waited, without KV.</summary>
    public int MovedWaiting { get; set; }

    public Dictionary<MigrationOutcome, int> Migrations { get; } = [];

    /// <summary>Of requests that moved with KV, in seconds.</summary>
    public List<double> Downtimes { get; } = [];

    /// <summary>Of migrations that moved their request, in seconds.</summary>
    public List<double> MigrationTimes { get; } = [];

    public double MigratedBytes { get; private set; }

    /// <summary>Requests whose output was cut at the longest that fits.</summary>
    public int CutRequests { get; set; }

    /// <summary>When the last request ended.</summary>
    public TimeSpan LastEnd { get; set; }

    public void Count(in StepWork work)
    {
        Steps++;
        PromptTokens += work.PromptTokens;
    }

    public void CountMigration(MigrationOutcome outcome, TimeSpan duration, double bytes)
    {
        Migrations[outcome] = Migrations.GetValueOrDefault(outcome) + 1;
        MigratedBytes += bytes;
        if (outcome == MigrationOutcome.Moved) MigrationTimes.Add(duration.TotalSeconds);
    }

    public void CountDowntime(TimeSpan downtime) => Downtimes.Add(downtime.TotalSeconds);
}

using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Llumnix.Actors.Configuration;
using Llumnix.Host.Benchmarks;
using Llumnix.Scheduling.Migration;

namespace Llumnix.Host.CommandLine;

/// <summary><c>llumnix bench</c>: measurements that a person can repeat.</summary>
internal static class BenchCommands
{
    private static readonly JsonSerializerOptions RowFormat = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    private static readonly Placement[] Placements = Enum.GetValues<Placement>();
    private static readonly MigrationMethod[] Methods = Enum.GetValues<MigrationMethod>();

    /// <param name="output">Results.</param>
    /// <param name="error">Progress and errors.</param>
    /// <param name="run">Runs another command line of this program.</param>
    public static Command Create(TextWriter output, TextWriter error, Func<string[], Task<int>> run)
    {
        var bench = new Command("bench", "Measure this program on this machine.") { Migration(output, error) };
        Argument<string[]> rest = new("args");
        var node = new Command(BenchmarkChild.Node) { rest };
        node.Hidden = true;
        node.SetAction((parsed, _) =>
        {
            BenchmarkChild.EndWithParent();
            return run(["serve", .. parsed.GetValue(rest) ?? []]);
        });
        bench.Add(node);
        return bench;
    }

    private static Command Migration(TextWriter output, TextWriter error)
    {
        Option<string[]> placements = Many("--placements", "WHERE", "Where the two instances are: in-process, two-processes, or both with a comma between. Default: both.");
        Option<string[]> methods = Many("--methods", "HOW", "live, blocking-copy, recompute, with commas between. Default: all.");
        Option<string[]> tokens = Many("--tokens", "N", "Lengths of the moving request in tokens, with commas between. Default: 256,512,1024,2048,4096,8192.");
        Option<string> moves = One("--moves", "N", "Moves of each row. Default: 20.");
        Option<string> pairs = One("--pairs", "N", "Windows with and without migration, in turns, in which the others' steps are compared, at least; 0 measures none. Default: 40.");
        Option<string> others = One("--others", "N", "Other requests that decode on either instance all the time. Default: 3.");
        Option<string> seed = One("--seed", "N", "Draws the model's weights and all prompts. Default: 1.");
        Option<string> json = One("--json", "FILE", "Write the rows there as JSON.");
        Option<bool> quick = new("--quick") { Description = "A tiny model and few moves: shows that everything works, and nothing of what it costs." };
        Option<string[]> sets = new("--set", "-s")
        {
            HelpName = "KEY=VALUE",
            Description = "A setting of the nodes, such as --set llumnix.migration.bandwidth-limit=0B; may be given more than once.",
        };
        var command = new Command("migration", "What moving a running request costs it and the others, by method, length and placement.")
        {
            placements, methods, tokens, moves, pairs, others, seed, json, quick, sets,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool small = parsed.GetValue(quick);
            var options = new MigrationBenchmarkOptions
            {
                Placements = Choices(placements.Name, parsed.GetValue(placements), Placements, Words.Of),
                Methods = Choices(methods.Name, parsed.GetValue(methods), Methods, Words.Of),
                Tokens = Numbers(tokens.Name, parsed.GetValue(tokens), small ? [48, 96] : [256, 512, 1024, 2048, 4096, 8192], 16, 1 << 20),
                Moves = Number(moves.Name, parsed.GetValue(moves), small ? 3 : 20, 1, 100_000),
                RecomputeMoves = 3,
                Pairs = Number(pairs.Name, parsed.GetValue(pairs), small ? 2 : 40, 0, 100_000),
                Others = Number(others.Name, parsed.GetValue(others), small ? 1 : 3, 1, 30),
                ThroughputBytes = small ? 4 << 20 : 256 << 20,
                Seed = (ulong)Number(seed.Name, parsed.GetValue(seed), 1, 0, int.MaxValue),
                Quick = small,
                Json = parsed.GetValue(json),
                Sets = parsed.GetValue(sets) ?? [],
            };
            return await UntilToldAsync(
                async ending =>
                {
                    var benchmark = new MigrationBenchmark(options, error.WriteLine);
                    var rows = await benchmark.RunAsync(ending);
                    foreach (var row in rows) await output.WriteLineAsync(row.ToString());
                    if (options.Json is { } file) await File.WriteAllTextAsync(file, JsonSerializer.Serialize(rows, RowFormat), ending);
                },
                cancellationToken);
        });
        return command;
    }

    /// <summary>Runs until it is done or Ctrl-C or SIGTERM tells it to end; a second signal does not wait.</summary>
    private static async Task<int> UntilToldAsync(Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        try
        {
            await run(ending.Token);
            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (ending.IsCancellationRequested) Environment.Exit(ExitCode.Interrupted);
            ending.Cancel();
        }
    }

    private static Option<string> One(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    private static Option<string[]> Many(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    private static string[] Split(string[]? given) =>
        [.. (given ?? []).SelectMany(list => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    private static T[] Choices<T>(string flag, string[]? given, T[] all, Func<T, string> word)
    {
        string[] words = Split(given);
        return words.Length == 0
            ? all
            : [.. words.Select(written => Array.FindIndex(all, choice => word(choice) == written) is var index and >= 0
                ? all[index]
                : throw new ConfigurationException($"{flag} has {written}; it knows {string.Join(", ", all.Select(word))}.")).Distinct()];
    }

    private static int[] Numbers(string flag, string[]? given, int[] unless, int least, int most)
    {
        string[] words = Split(given);
        return words.Length == 0 ? unless : [.. words.Select(word => Number(flag, word, 0, least, most)).Distinct()];
    }

    private static int Number(string flag, string? given, int unless, int least, int most)
    {
        if (given is null) return unless;
        return int.TryParse(given, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{flag} is {given}; it must be a whole number from {least} to {most}."));
    }
}

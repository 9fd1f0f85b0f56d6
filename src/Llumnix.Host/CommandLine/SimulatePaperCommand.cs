using System.CommandLine;
using Llumnix.Simulation;
using Llumnix.Simulation.Cluster;
using Llumnix.Simulation.Paper;
using Llumnix.Simulation.Studies;

namespace Llumnix.Host.CommandLine;

/// <summary><c>llumnix simulate paper</c>: figures 11, 13, 14 and 15 of the Llumnix paper, ours beside the paper's.</summary>
internal static class SimulatePaperCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        Option<string> figures = SimulateCommand.Text("--figures", "NUMBERS", "Some of 11, 13, 14 and 15, with commas between. Default: all, or 11 where traces, rates or cv are given.");
        Option<string> traces = SimulateCommand.Text("--traces", "NAMES", $"Other traces: {string.Join(", ", PaperWorkloads.Names)}. Default: the figures'.");
        Option<string> rates = SimulateCommand.Text("--rates", "RATES", "Other rates in requests per second. Default: the figures'.");
        Option<string> variations = SimulateCommand.Text("--cv", "NUMBERS", "Other coefficients of variation of the times between arrivals; 1 is Poisson, others Gamma. Default: the figures'.");
        Option<string> policies = SimulateCommand.Text("--policies", "NAMES", $"Some of {string.Join(", ", ClusterPolicies.Names)}. Default: those that a figure compares.");
        Option<string> seeds = SimulateCommand.Text("--seed", "SEEDS", "Seeds, with commas between. Default: 1,2,3,4,5.");
        Option<int> requests = new("--requests") { HelpName = "N", Description = "Requests of a run. Default: 10000.", DefaultValueFactory = _ => 10_000 };
        Option<int> jobs = new("--jobs", "-j") { HelpName = "N", Description = "Simulations at a time. Default: one a core.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<string> json = SimulateCommand.Text("--json", "FILE", "Write the rows there, too.");
        var command = new Command("paper", "Simulate figures 11, 13, 14 and 15 of the Llumnix paper (OSDI 2024) and show ours beside the paper's.")
        {
            figures, traces, rates, variations, policies, seeds, requests, jobs, json,
        };
        command.SetAction((parsed, cancellation) => SimulateCommand.Guarded(error, () =>
        {
            bool other = parsed.GetValue(traces) is not null || parsed.GetValue(rates) is not null || parsed.GetValue(variations) is not null;
            var selection = new PaperSelection
            {
                Figures = parsed.GetValue(figures) is { } numbers
                    ? [.. SimulateCommand.Split(numbers).Select(text => (int)SimulateCommand.Number("--figures", text, 1, 99))]
                    : other ? [11] : PaperSelection.AllFigures,
                Traces = parsed.GetValue(traces) is { } names ? SimulateCommand.Split(names) : null,
                Rates = Numbers("--rates", parsed.GetValue(rates)),
                Variations = Numbers("--cv", parsed.GetValue(variations)),
                Policies = parsed.GetValue(policies) is { } compared ? SimulateCommand.Split(compared) : null,
                Seeds = SimulateCommand.Seeds(parsed.GetValue(seeds) ?? "1,2,3,4,5"),
                Requests = parsed.GetValue(requests) is > 0 and var count ? count : throw new SimulationException("--requests must be 1 or more."),
            };
            if (selection.Points().Count == 0)
                throw new SimulationException($"None of the figures asked for has the trace {string.Join(" or ", selection.Traces!)}; give --rates for it.");

            using var progress = new ProgressLine(error);
            var rows = PaperExperiment.Run(
                selection, parsed.GetValue(jobs) is > 0 and var atOnce ? atOnce : throw new SimulationException("--jobs must be 1 or more."), progress.Report, cancellation);
            progress.Clear();
            output.WriteLine($"Paper: {PaperData.Instance.Source}");
            SimulationTables.Describe(output, [.. rows.Select(row => row.Policy).Distinct().Select(policy => PaperCluster.Create(ClusterPolicies.Find(policy)))]);
            SimulationTables.Write(output, rows, selection.Seeds);
            if (parsed.GetValue(json) is { } file) File.WriteAllText(file, SimulationJson.Of(rows, selection.Seeds));
        }));
        return command;
    }

    private static double[]? Numbers(string flag, string? list) =>
        list is null ? null : [.. SimulateCommand.Split(list).Select(text => SimulateCommand.Number(flag, text, 0.001, 1e6))];
}

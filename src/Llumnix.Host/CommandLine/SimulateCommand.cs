using System.CommandLine;
using System.Globalization;
using Llumnix.Scheduling.Batching;
using Llumnix.Scheduling.Scaling;
using Llumnix.Simulation;
using Llumnix.Simulation.Cluster;
using Llumnix.Simulation.Costs;
using Llumnix.Simulation.Paper;
using Llumnix.Simulation.Results;
using Llumnix.Simulation.Studies;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Host.CommandLine;

/// <summary><c>llumnix simulate</c>: a cluster in virtual time, for any mix of workloads, policies, instance counts and seeds.</summary>
internal static class SimulateCommand
{
    private const int MostInstances = 4096;

    /// <summary>The command, with <c>paper</c> under it.</summary>
    public static Command Create(TextWriter output, TextWriter error)
    {
        Option<string[]> workloads = new("--workload", "-w")
        {
            HelpName = "WORKLOAD",
            Description = "A trace of the Llumnix paper (such as M-M or ShareGPT), INPUT/OUTPUT in tokens, or a file of a recorded trace (.csv, .jsonl); then keys after commas: rate, cv, requests, high, low, tenants, curve, input-scale, output-scale. Given more than once they come together. Default: M-M,rate=7.5.",
        };
        Option<string> policies = Text("--policy", "NAMES", $"Policies to compare, with commas between: {string.Join(", ", ClusterPolicies.Names)}. Default: INFaaS++,Llumnix.");
        Option<string> instances = Text("--instances", "COUNTS", "Instance counts, with commas between. Default: 16.");
        Option<string> seeds = Text("--seed", "SEEDS", "Seeds, with commas between; equal seeds give equal runs. Default: 1.");
        Option<int?> requests = new("--requests") { HelpName = "N", Description = "Requests of each workload. Default: 10000, or all of a recorded trace." };
        Option<string> cost = Text("--cost", "MODEL", "How long steps take: a10-llama-7b, profile:FILE, or roofline:GB/s:TFLOP/s:LAYERS:HIDDEN:KVHEADS:HEADDIM:INTERMEDIATE:VOCABULARY. Default: a10-llama-7b.");
        Option<int> kvTokens = new("--kv-tokens") { HelpName = "N", Description = "Tokens of KV memory of an instance. Default: 13616.", DefaultValueFactory = _ => PaperCluster.KvTokens };
        Option<string> prefill = Text("--prefill", "MODE", "whole-prompt or chunked. Default: whole-prompt.");
        Option<bool> prefixCaching = new("--prefix-caching") { Description = "Share the blocks of prompts that a recorded trace names alike." };
        Option<int> dispatchers = new("--dispatchers") { HelpName = "N", Description = "How many dispatchers place requests. Default: 1.", DefaultValueFactory = _ => 1 };
        Option<string> viewAge = Text("--view-age", "TIMES", "How old the dispatchers' views are, in ms, with commas between for dispatchers of different age. Default: as the policy says.");
        Option<double> startTime = new("--start-time") { HelpName = "SECONDS", Description = "How long an instance takes to start. Default: 10.", DefaultValueFactory = _ => 10 };
        Option<string> scale = Text("--scale", "MIN:MAX", "Add and drain instances, keeping the average freeness from 10 to 60.");
        Option<bool> findInstances = new("--find-instances") { Description = "Find the fewest instances that keep --slo, for each policy." };
        Option<string> slo = Text("--slo", "LEVELS", "What must hold, with commas between, such as ttft_p99=1s,tpot_p99=80ms.");
        Option<int> jobs = new("--jobs", "-j") { HelpName = "N", Description = "Simulations at a time. Default: one a core.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<string> json = Text("--json", "FILE", "Write the results there, too.");

        var command = new Command("simulate", "Run workloads through a cluster in virtual time and compare policies.")
        {
            workloads, policies, instances, seeds, requests, cost, kvTokens, prefill, prefixCaching, dispatchers, viewAge, startTime, scale,
            findInstances, slo, jobs, json,
        };
        command.Add(SimulatePaperCommand.Create(output, error));
        command.SetAction((parsed, cancellation) => Guarded(error, () =>
        {
            WorkloadText[] texts = [.. (parsed.GetValue(workloads) is { Length: > 0 } given ? given : ["M-M,rate=7.5"]).Select(text => new WorkloadText(text))];
            string[] names = Split(parsed.GetValue(policies) ?? $"{ClusterPolicies.Infaas},{ClusterPolicies.Llumnix}");
            ulong[] drawn = Seeds(parsed.GetValue(seeds) ?? "1");
            int count = parsed.GetValue(jobs) is > 0 and var wanted ? wanted : throw new SimulationException("--jobs must be 1 or more.");
            int tokens = parsed.GetValue(kvTokens) is >= 16 and var enough ? enough : throw new SimulationException("--kv-tokens must be 16 or more.");
            bool whole = (parsed.GetValue(prefill) ?? "whole-prompt") switch
            {
                "whole-prompt" => true,
                "chunked" => false,
                var mode => throw new SimulationException($"--prefill is {mode}; it must be whole-prompt or chunked."),
            };
            ViewOptions[]? views = parsed.GetValue(viewAge) is { } ages
                ? [.. Split(ages).Select(age => ViewOptions.Default with { Delay = TimeSpan.FromMilliseconds(Number("--view-age", age, 0, 1e7)) })]
                : null;
            ICostModel model = CostText.Parse(parsed.GetValue(cost) ?? "a10-llama-7b");
            int number = parsed.GetValue(dispatchers) is > 0 and var some ? some : throw new SimulationException("--dispatchers must be 1 or more.");
            ScalingPolicyOptions? scaling = parsed.GetValue(scale) is { } range ? Scaling(range) : null;
            TimeSpan starting = TimeSpan.FromSeconds(parsed.GetValue(startTime) is >= 0 and < 1e6 and var seconds
                ? seconds
                : throw new SimulationException("--start-time must be seconds, 0 or more."));

            StudyCase Case(string policyName, int instanceCount, ulong seed)
            {
                ClusterPolicy policy = ClusterPolicies.Find(policyName);
                if (scaling is not null) policy = policy with { Scaling = "freeness-band", ScalingOptions = scaling };
                SimulationOptions options = PaperCluster.Create(policy);
                return new StudyCase(
                    options with
                    {
                        Batching = options.Batching with
                        {
                            BlockCount = tokens / options.Batching.BlockSize,
                            MaxContext = tokens,
                            Prefill = whole ? PrefillMode.WholePrompt : PrefillMode.Chunked,
                            TokenBudget = whole ? Math.Max(tokens, options.Batching.MaxRunning) : 512,
                            PrefixCaching = parsed.GetValue(prefixCaching),
                        },
                        Cost = model,
                        Links = model is RooflineCostModel roofline ? options.Links with { KvBytesPerToken = roofline.Shape.KvBytesPerToken } : options.Links,
                        Instances = instanceCount,
                        Dispatchers = number,
                        DispatcherViews = views,
                        StartTime = starting,
                        Seed = seed,
                    },
                    drawnSeed => Workload.Mix([.. texts.Select(text => text.Generate(drawnSeed, requests: parsed.GetValue(requests)))]));
            }

            using var progress = new ProgressLine(error);
            IReadOnlyList<SimulationResult> results;
            if (parsed.GetValue(findInstances))
            {
                ServiceLevel[] levels = [.. Split(parsed.GetValue(slo) ?? throw new SimulationException("--find-instances needs --slo, such as --slo ttft_p99=1s.")).Select(text => new ServiceLevel(text))];
                results = Find(names, drawn, levels, Case, count, progress, output, cancellation);
            }
            else
            {
                int[] counts = [.. Split(parsed.GetValue(instances) ?? "16").Select(text => (int)Number("--instances", text, 1, MostInstances))];
                StudyCase[] cases = [.. from name in names from instanceCount in counts from seed in drawn select Case(name, instanceCount, seed)];
                results = StudyCase.RunAll(cases, count, progress.Report, cancellation);
                progress.Clear();
                SimulationTables.Write(output, results);
            }

            if (parsed.GetValue(json) is { } file) File.WriteAllText(file, SimulationJson.Of(results));
        }));
        return command;
    }

    /// <summary>Runs a simulation; what is wrong with what was asked for is one sentence.</summary>
    public static Task<int> Guarded(TextWriter error, Action action)
    {
        try
        {
            action();
            return Task.FromResult(ExitCode.Success);
        }
        catch (Exception e) when (e is SimulationException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"llumnix: {e.Message}");
            return Task.FromResult(ExitCode.Failure);
        }
        catch (OperationCanceledException)
        {
            return Task.FromResult(ExitCode.Interrupted);
        }
    }

    public static Option<string> Text(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    public static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public static double Number(string flag, string text, double least, double most) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most
            ? number
            : throw new SimulationException(string.Create(CultureInfo.InvariantCulture, $"{flag} has {text}; it must be a number from {least} to {most}."));

    public static ulong[] Seeds(string list) =>
        [.. Split(list).Select(text => ulong.TryParse(text, CultureInfo.InvariantCulture, out ulong seed)
            ? seed
            : throw new SimulationException($"--seed has {text}; it must be a whole number, 0 or more."))];

    private static ScalingPolicyOptions Scaling(string range)
    {
        string[] ends = range.Split(':');
        if (ends.Length != 2) throw new SimulationException($"--scale is {range}; it must be two numbers of instances, as in 1:16.");

        return new ScalingPolicyOptions { MinInstances = (int)Number("--scale", ends[0], 1, MostInstances), MaxInstances = (int)Number("--scale", ends[1], 1, MostInstances) };
    }

    private static List<SimulationResult> Find(
        string[] policies,
        ulong[] seeds,
        ServiceLevel[] levels,
        Func<string, int, ulong, StudyCase> create,
        int jobs,
        ProgressLine progress,
        TextWriter output,
        CancellationToken cancellation)
    {
        List<SimulationResult> found = [];
        foreach (string policy in policies)
        {
            var answer = CapacitySearch.Find(
                instances => StudyCase.RunAll([.. seeds.Select(seed => create(policy, instances, seed))], jobs, progress.Report, cancellation), levels, MostInstances);
            progress.Clear();
            if (answer is not var (count, results))
            {
                output.WriteLine($"{policy}: not even {MostInstances} instances keep {string.Join(", ", levels.AsEnumerable())}.");
                continue;
            }

            found.AddRange(results);
            string measured = string.Join(", ", levels.Select(level =>
                string.Create(CultureInfo.InvariantCulture, $"{level} (at worst {results.Max(level.Measure):0.###} s)")));
            output.WriteLine($"{policy}: {count} {(count == 1 ? "instance keeps" : "instances keep")} {measured}.");
        }

        if (found.Count > 0) SimulationTables.Write(output, found);
        return found;
    }
}

using Llumnix.Benchmarks;

// One class a command; the first argument names it and the rest are the command's own.
IReadOnlyDictionary<string, Func<string[], int>> commands = new Dictionary<string, Func<string[], int>>
{
    [EngineKernels.Name] = EngineKernels.Run,
    [EngineBenchmark.Name] = EngineBenchmark.Run,
    [SamplingBenchmark.Name] = SamplingBenchmark.Run,
    [WireBenchmark.Name] = WireBenchmark.Run,
    [ClusterBenchmark.Name] = ClusterBenchmark.Run,
    [HttpBenchmark.Name] = HttpBenchmark.Run,
};

try
{
    if (args.Length > 0 && commands.TryGetValue(args[0], out Func<string[], int>? command)) return command(args[1..]);
}
catch (BenchmarkArgumentException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}

Console.Error.WriteLine(
    args.Length == 0
        ? $"Name a benchmark: {string.Join(", ", commands.Keys)}."
        : $"There is no benchmark {args[0]}; there are {string.Join(", ", commands.Keys)}.");
return 2;

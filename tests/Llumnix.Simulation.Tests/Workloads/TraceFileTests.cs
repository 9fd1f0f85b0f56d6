using Llumnix.Scheduling;
using Llumnix.Simulation.Workloads;

namespace Llumnix.Simulation.Tests.Workloads;

public sealed class TraceFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llumnix-traces").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, params string[] lines)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllLines(path, lines);
        return path;
    }

    [Fact]
    public void A_table_with_dates_is_read_and_stretched_to_a_rate()
    {
        string path = Write("azure.csv", "TIMESTAMP,ContextTokens,GeneratedTokens", "2023-11-16 18:15:46.5000000,374,44", "2023-11-16 18:15:47.0000000,396,0", "2023-11-16 18:15:48.5000000,10,2");

        var own = new WorkloadText(path).Generate(1);
        Assert.Equal([0, 0.5, 2], own.Requests.Select(request => Math.Round(request.Arrival.TotalSeconds, 5)));
        Assert.Equal([(374, 44), (396, 1), (10, 2)], own.Requests.Select(request => (request.InputTokens, request.OutputTokens)));

        var scaled = new WorkloadText($"{path},rate=10,input-scale=0.5,requests=7").Generate(1);
        Assert.Equal(7, scaled.Requests.Length);
        Assert.Equal(10, scaled.Rate, 6);
        Assert.Equal([187, 198, 5, 187, 198, 5, 187], scaled.Requests.Select(request => request.InputTokens));
    }

    [Fact]
    public void Json_lines_are_read_with_their_prefixes_classes_and_tenants()
    {
        string path = Write(
            "mooncake.jsonl",
            """{"timestamp": 0, "input_length": 1024, "output_length": 5, "hash_ids": [0, 1]}""",
            """{"timestamp": 1500, "input_length": 600, "output_length": 7, "hash_ids": [0, 2], "priority": "high", "tenant": "a"}""");

        var workload = new WorkloadText(path).Generate(1);

        Assert.Equal([0, 1.5], workload.Requests.Select(request => request.Arrival.TotalSeconds));
        Assert.Equal([0, 2], workload.Requests[1].PrefixBlocks!);
        Assert.Equal((Priority.High, "a"), (workload.Requests[1].Priority, workload.Tenants[workload.Requests[1].Tenant]));
    }

    [Theory]
    [InlineData("nowhere.csv", "is no file and none of")]
    [InlineData("M-M", "has no rate")]
    [InlineData("M-M,rate=0", "has rate=0; it must be a number above 0")]
    [InlineData("M-M,rate=5,high=200%", "has high=200%; it must be a share")]
    [InlineData("M-M,rate=5,curve=square", "has curve=square; it must be diurnal")]
    [InlineData("M-M,rate=5,speed=3", "has the key \"speed\"; there are rate, cv")]
    [InlineData("512/128,rate=5,tenants=a:70%+b:50%", "it must be shares of no more than all together")]
    public void What_cannot_be_understood_is_told_in_one_sentence(string text, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<SimulationException>(() => new WorkloadText(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_line_that_cannot_be_read_is_named()
    {
        string table = Write("bad.csv", "timestamp,input_length,output_length", "0,1,1", "1,x,1");
        Assert.Contains("Line 3 of the trace", Assert.Throws<SimulationException>(() => TraceFile.Read(table)).Message, StringComparison.Ordinal);
        string lines = Write("bad.jsonl", """{"timestamp": 0, "input_length": 3}""");
        Assert.Contains("it has no output_length or", Assert.Throws<SimulationException>(() => TraceFile.Read(lines)).Message, StringComparison.Ordinal);
        string columns = Write("columns.csv", "timestamp,tokens", "0,1");
        Assert.Contains("has no column input_length or", Assert.Throws<SimulationException>(() => TraceFile.Read(columns)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fixed_lengths_classes_and_curves_can_be_written_in_one_line()
    {
        var workload = new WorkloadText("512/128,rate=5,cv=2,requests=4000,high=10%,tenants=a:70%,curve=diurnal:0.5:60").Generate(1, rateFactor: 2);

        Assert.All(workload.Requests, request => Assert.Equal((512, 128), (request.InputTokens, request.OutputTokens)));
        Assert.InRange(workload.Rate, 9, 11);
        Assert.InRange(workload.Requests.Count(request => request.Priority == Priority.High), 320, 480);
    }
}

using System.Text.Json;
using Llumnix.Host.CommandLine;

namespace Llumnix.Host.Tests.CommandLine;

public sealed class SimulateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llumnix-simulate").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = await LlumnixCommands.RunAsync(["simulate", .. args], output, error);
        return (code, output.ToString(), error.ToString());
    }

    [Fact]
    public async Task Policies_are_compared_in_a_table_with_all_that_the_result_depends_on_and_as_json()
    {
        string file = Path.Combine(_folder, "runs.json");

        var (code, output, error) = await RunAsync(
            "--workload", "S-S,rate=20,high=10%", "--requests", "300", "--policy", "round-robin,Llumnix", "--instances", "8", "--seed", "1,2", "--view-age", "5,50", "--dispatchers", "2", "--json", file);

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("S-S at 20 requests/s", output, StringComparison.Ordinal);
        Assert.Contains("5 ms old", output, StringComparison.Ordinal);
        Assert.Contains("50 ms old", output, StringComparison.Ordinal);
        Assert.Contains("10 s to start", output, StringComparison.Ordinal);
        Assert.Contains("round-robin", output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        Assert.Equal(4, json.RootElement.GetArrayLength());
        Assert.All(json.RootElement.EnumerateArray(), run => Assert.True(run.GetProperty("prefill_p99_s").GetDouble() > 0));
        Assert.Equal(["high", "normal"], json.RootElement[0].GetProperty("by_priority").EnumerateObject().Select(priority => priority.Name));
    }

    [Fact]
    public async Task The_fewest_instances_that_keep_a_service_level_are_found()
    {
        var (code, output, _) = await RunAsync(
            "--workload", "512/64,rate=8", "--requests", "300", "--policy", "Llumnix", "--find-instances", "--slo", "ttft_p99=2s");

        Assert.Equal(0, code);
        Assert.Matches(@"Llumnix: \d+ instances? keeps? ttft_p99=2s \(at worst [01]\.\d+ s\)\.", output);
    }

    [Fact]
    public async Task The_papers_points_stand_beside_ours_and_in_json()
    {
        string file = Path.Combine(_folder, "paper.json");

        var (code, output, error) = await RunAsync(
            "paper", "--traces", "L-S", "--rates", "10", "--policies", "INFaaS++,Llumnix", "--seed", "3", "--requests", "200", "--json", file);

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("(74)", output, StringComparison.Ordinal);
        Assert.Contains("INFaaS++ over Llumnix", output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        var row = json.RootElement[1];
        Assert.Equal(
            (11, "L-S", "Poisson", 10.0, 1.0, "all", "Llumnix"),
            (row.GetProperty("figure").GetInt32(), row.GetProperty("trace").GetString(), row.GetProperty("arrivals").GetString(),
                row.GetProperty("rate").GetDouble(), row.GetProperty("cv").GetDouble(), row.GetProperty("priority").GetString(), row.GetProperty("policy").GetString()));
        Assert.Equal(74.95, row.GetProperty("paper").GetProperty("request_p99_s").GetDouble());
    }

    [Theory]
    [InlineData("--workload nowhere.csv", "is no file and none of")]
    [InlineData("--policy magic", "There is no policy \"magic\"; there are INFaaS++")]
    [InlineData("--instances 0", "--instances has 0; it must be a number from 1")]
    [InlineData("--seed x", "--seed has x; it must be a whole number")]
    [InlineData("--cost h100", "The cost model \"h100\" is not known")]
    [InlineData("--find-instances", "--find-instances needs --slo")]
    [InlineData("--find-instances --slo ttft=1s", "The service level \"ttft=1s\" is not understood")]
    [InlineData("--prefill half", "--prefill is half; it must be whole-prompt or chunked")]
    [InlineData("--scale 4", "--scale is 4; it must be two numbers")]
    [InlineData("paper --figures 12", "There is no figure 12 to simulate")]
    [InlineData("paper --traces S-S", "has the trace S-S; give --rates for it")]
    public async Task What_cannot_be_simulated_is_one_sentence(string arguments, string sentence)
    {
        var (code, _, error) = await RunAsync(arguments.Split(' '));

        Assert.NotEqual(0, code);
        Assert.StartsWith("llumnix: ", error, StringComparison.Ordinal);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }
}

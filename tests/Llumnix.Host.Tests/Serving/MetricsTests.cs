using System.Globalization;
using System.Text.Json;
using Llumnix.Host.Tests.Fakes;

namespace Llumnix.Host.Tests.Serving;

/// <summary>What <c>/metrics</c> tells moves with what a real node does.</summary>
public sealed class MetricsTests(PacedNode node) : IClassFixture<PacedNode>
{
    [Fact]
    public async Task A_request_is_counted_from_its_prompt_to_its_last_token()
    {
        await node.AllFreeAsync();
        Scrape before = await ScrapeAsync();
        await node.AskAsync("/v1/completions", """{"prompt":[1,2,3,4,5],"max_tokens":30,"ignore_eos":true}""");
        Scrape after = await UntilAsync(scrape => scrape.Sum("llumnix_generation_tokens_total") >= before.Sum("llumnix_generation_tokens_total") + 30);

        double More(string metric, params string[] labels) => after.Sum(metric, labels) - before.Sum(metric, labels);
        Assert.Equal(5, More("llumnix_prompt_tokens_total"));
        Assert.Equal(30, More("llumnix_generation_tokens_total"));
        Assert.Equal(1, More("llumnix_request_success_total"));
        Assert.Equal(1, More("llumnix_request_success_total", "finished_reason=\"length\""));
        Assert.Equal(1, More("llumnix_request_queue_time_seconds_count"));
        Assert.Equal(1, More("llumnix_time_to_first_token_seconds_count"));
        Assert.Equal(29, More("llumnix_inter_token_latency_seconds_count"));
        Assert.Equal(1, More("llumnix_e2e_request_latency_seconds_count"));
        // Both lie within its own time.
        Assert.InRange(More("llumnix_time_to_first_token_seconds_sum"), 0, More("llumnix_e2e_request_latency_seconds_sum"));
        Assert.InRange(More("llumnix_inter_token_latency_seconds_sum"), 0, More("llumnix_e2e_request_latency_seconds_sum"));
        Assert.Equal(29, More("llumnix_inter_token_latency_seconds_bucket", "le=\"+Inf\""));
        Assert.InRange(after.Sum("llumnix_step_seconds"), double.Epsilon, 10);
        Assert.Equal(0, More("llumnix_request_recoveries_total"));
    }

    [Fact]
    public async Task A_prompt_that_comes_again_is_found_in_the_prefix_cache()
    {
        string body = $$"""{"prompt":[{{string.Join(',', Enumerable.Range(100, 64))}}],"max_tokens":1,"n":1}""";
        await node.AskAsync("/v1/completions", body);
        Scrape before = await ScrapeAsync();
        // On which instance it is kept, only that one knows.
        for (int i = 0; i < 8; i++) await node.AskAsync("/v1/completions", body);
        Scrape after = await UntilAsync(scrape => scrape.Sum("llumnix_prefix_cache_queries_total") > before.Sum("llumnix_prefix_cache_queries_total"));

        after = await UntilAsync(scrape => scrape.Sum("llumnix_prefix_cache_hits_total") > before.Sum("llumnix_prefix_cache_hits_total"));
        Assert.InRange(after.Sum("llumnix_prefix_cache_hits_total"), 1, after.Sum("llumnix_prefix_cache_queries_total"));
    }

    [Fact]
    public async Task A_running_request_shows_in_gauges_and_imbalance_and_a_move_in_the_migrations_and_everything_on_the_page()
    {
        await node.AllFreeAsync();
        Scrape before = await ScrapeAsync();
        using TestSocket socket = await node.ConnectAsync();
        await socket.SendAsync("""{"type":"generate","ref":"a","prompt":[1,2,3],"max_tokens":3000,"ignore_eos":true}""");
        await socket.UntilAsync("token");
        Scrape running = await UntilAsync(scrape => scrape.Sum("llumnix_num_requests_running") == 1 && scrape.Sum("llumnix_kv_cache_usage_perc") > 0);
        await UntilAsync(scrape => scrape.Sum("llumnix_std_dev_running_requests") > 0 && scrape.Sum("llumnix_std_dev_kv_cache_utilization") > 0);
        Assert.Equal(0, running.Sum("llumnix_num_requests_waiting"));
        Assert.Equal(ServingNode.Instances, running.Sum("llumnix_instances", "state=\"ready\""));

        JsonElement request = JsonElement.Parse(await node.Http.GetStringAsync("/admin/requests")).GetProperty("requests")[0];
        string to = JsonElement.Parse(await node.Http.GetStringAsync("/admin/instances")).GetProperty("instances").EnumerateArray()
            .Select(instance => instance.Text("id")!).First(id => id != request.Text("instance"));
        string from = request.Text("instance")!;
        await node.AskAsync("/admin/migrate", $$"""{"request_id":"{{request.Text("id")}}","to":"{{to}}"}""", 202);
        string[] moved = [$"instance=\"{from}\"", "method=\"live\"", "outcome=\"moved\""];
        Scrape after = await UntilAsync(scrape => scrape.Sum("llumnix_migrations_total", moved) == before.Sum("llumnix_migrations_total", moved) + 1);

        Assert.Equal(before.Sum("llumnix_migrations_total") + 1, after.Sum("llumnix_migrations_total"));
        Assert.Equal(before.Sum("llumnix_migration_downtime_seconds_count") + 1, after.Sum("llumnix_migration_downtime_seconds_count"));
        Assert.Equal(before.Sum("llumnix_migration_duration_seconds_count") + 1, after.Sum("llumnix_migration_duration_seconds_count", moved[1..]));
        Assert.True(after.Sum("llumnix_migration_downtime_seconds_sum") < after.Sum("llumnix_migration_duration_seconds_sum"));
        Assert.True(after.Sum("llumnix_migration_bytes_total", moved[..2]) > before.Sum("llumnix_migration_bytes_total", moved[..2]));
        JsonElement record = JsonElement.Parse(await node.Http.GetStringAsync("/admin/migrations")).GetProperty("migrations").EnumerateArray().Last();
        Assert.Equal(record.GetProperty("bytes").GetInt64(), after.Sum("llumnix_migration_bytes_total") - before.Sum("llumnix_migration_bytes_total"));

        // All there is has been measured by now: the page lists it, and nothing else.
        Assert.Equal(
            File.ReadAllLines(Path.Combine(RepositoryRoot(), "docs", "metrics.md"))
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
                .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
                .Select(cells => $"{cells[1].Trim('`')} {cells[2]}")
                .Order(StringComparer.Ordinal),
            after.Types.Order(StringComparer.Ordinal));

        await socket.SendAsync("""{"type":"cancel","ref":"a"}""");
        await UntilAsync(scrape => scrape.Sum("llumnix_request_success_total", "finished_reason=\"abort\"") == before.Sum("llumnix_request_success_total", "finished_reason=\"abort\"") + 1);
        await node.AllFreeAsync();
    }

    private async Task<Scrape> ScrapeAsync() => new(await node.Http.GetStringAsync("/metrics"));

    private async Task<Scrape> UntilAsync(Func<Scrape, bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            Scrape scrape = await ScrapeAsync();
            if (condition(scrape)) return scrape;
            Assert.False(patience.IsCancellationRequested, scrape.Text);
        }
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Llumnix.sln"))) folder = folder.Parent;
        return folder.FullName;
    }

    /// <summary>One answer of <c>/metrics</c>.</summary>
    private sealed class Scrape(string text)
    {
        private const string Type = "# TYPE ";

        private readonly string[] _lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        public string Text => text;

        /// <summary>Each metric with its type.</summary>
        public IEnumerable<string> Types => _lines.Where(line => line.StartsWith(Type, StringComparison.Ordinal)).Select(line => line[Type.Length..]);

        /// <summary>The sum of a metric's values over all series that have these labels.</summary>
        public double Sum(string metric, params string[] labels) => _lines
            .Where(line => line.StartsWith(metric, StringComparison.Ordinal) && line[metric.Length] is '{' or ' ' && labels.All(label => line.Contains(label, StringComparison.Ordinal)))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }
}

using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using Llumnix.Host.Tests.CommandLine;
using Llumnix.Host.Tests.Fakes;

namespace Llumnix.Host.Tests.Moves;

/// <summary>Two processes of two instances each, joined as one cluster: KV blocks cross a real socket between them.</summary>
internal sealed class TwoProcesses : IDisposable
{
    private readonly LlumnixProcess[] _processes;
    private readonly Uri[] _addresses;
    private readonly ClusterClient[] _gateways;

    private TwoProcesses(LlumnixProcess[] processes, Uri[] addresses, string[] instances)
    {
        _processes = processes;
        _addresses = addresses;
        _gateways = [.. addresses.Select(address => new ClusterClient(address))];
        Instances = instances;
    }

    /// <summary>Two of the first process, two of the second.</summary>
    public string[] Instances { get; }

    public static async Task<TwoProcesses> StartAsync(string model, params string[] sets)
    {
        var processes = new List<LlumnixProcess>();
        try
        {
            string[] args =
            [
                "--model", model, "--instances", "2", "--port", "0", "--set", "llumnix.engine.threads=1",
                .. sets.SelectMany(set => (string[])["--set", set]),
            ];
            processes.Add(LlumnixProcess.Start(args));
            processes.Add(LlumnixProcess.Start([.. args, "--seed", await processes[0].NodeAsync()]));
            Uri[] addresses = [await processes[0].AddressAsync(), await processes[1].AddressAsync()];
            var instances = new HashSet<string>();
            foreach (Uri address in addresses)
            {
                using var gateway = new ClusterClient(address);
                instances.UnionWith((await gateway.InstancesAreAsync(all => all.Length == 4)).Select(instance => instance.Text("id")!));
            }

            string first = await processes[0].NodeAsync();
            return new TwoProcesses(
                [.. processes],
                addresses,
                [.. instances.OrderBy(id => !id.StartsWith(first, StringComparison.Ordinal)).ThenBy(id => id, StringComparer.Ordinal)]);
        }
        catch
        {
            foreach (LlumnixProcess process in processes) process.Dispose();
            throw;
        }
    }

    public ClusterClient Gateway(int process) => _gateways[process];

    /// <summary>Where its part of the cluster logs.</summary>
    public string Log(int process) => _processes[process].Error;

    /// <summary>Whether two instances are of one process.</summary>
    public bool Together(string one, string other) => Array.IndexOf(Instances, one) / 2 == Array.IndexOf(Instances, other) / 2;

    public async Task<TestSocket> ConnectAsync(int process)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{_addresses[process].Authority}/v1/stream"), CancellationToken.None);
        return new TestSocket(socket);
    }

    /// <summary>Orders a move; false where it cannot be carried out now.</summary>
    public async Task<bool> MigrateAsync(int process, string request, string to) =>
        (await _gateways[process].PostAsync("/admin/migrate", $$"""{"request_id":"{{request}}","to":"{{to}}"}""")).Status == 202;

    /// <summary>
    /// Waits until nothing is held for any request by anybody, nothing remembered and no KV connection open. Needs short
    /// <c>resume-window</c> and <c>idle-timeout</c>.
    /// </summary>
    public async Task ForgottenAsync()
    {
        for (int process = 0; process < 2; process++)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (true)
            {
                JsonElement audit = await _gateways[process].GetAsync("/admin/audit");
                if (IsForgotten(audit)) break;
                Assert.False(patience.IsCancellationRequested, $"{audit}");
            }
        }
    }

    /// <summary>Fails where what an instance holds does not add up.</summary>
    public async Task AddUpAsync() => Assert.Equal("[]", (await _gateways[0].GetAsync("/admin/audit")).GetProperty("problems").GetRawText());

    /// <summary>Resident memory, threads and open files of a process.</summary>
    public (long Bytes, int Threads, int Files) Use(int process)
    {
        string root = string.Create(CultureInfo.InvariantCulture, $"/proc/{_processes[process].Id}");
        string[] status = File.ReadAllLines(root + "/status");
        long Field(string name) => long.Parse(
            status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture);
        return (Field("VmRSS:") * 1024, (int)Field("Threads:"), Directory.GetFiles(root + "/fd").Length);
    }

    public void Dispose()
    {
        foreach (ClusterClient gateway in _gateways) gateway.Dispose();
        foreach (LlumnixProcess process in _processes) process.Dispose();
    }

    private static bool IsForgotten(JsonElement audit) =>
        audit.GetProperty("problems").GetArrayLength() == 0
        && audit.GetProperty("node").EnumerateObject().All(count => count.Value.GetInt32() == 0)
        && audit.GetProperty("instances").GetArrayLength() == 4
        && audit.GetProperty("instances").EnumerateArray().All(instance =>
            instance.Number("free_blocks") == instance.Number("total_blocks")
            && instance.EnumerateObject().All(count => count.Name is "id" or "total_blocks" or "free_blocks" || count.Value.GetInt32() == 0));
}

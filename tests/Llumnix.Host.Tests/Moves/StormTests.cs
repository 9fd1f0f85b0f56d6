using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Llumnix.Gpu.Models;
using Llumnix.Gpu.Sampling;
using Llumnix.Host.Tests.Fakes;
using Llumnix.Host.Tests.Serving;
using Llumnix.Testing;
using Xunit.Abstractions;

namespace Llumnix.Host.Tests.Moves;

/// <summary>
/// Four instances in two processes, 64 requests at any time through both gateways, moved at random while a third of them are cancelled or
/// left by their clients and all lose blocks to each other.
/// </summary>
public sealed class StormTests(ITestOutputHelper output)
{
    private const int Seed = 20240607;
    private const int Clients = 64;
    private const int Movers = 12;
    private const int Templates = 32;
    private const int MaxTokens = 100;

    /// <summary>How many moves, as clients are told of them.</summary>
    private static readonly int Moves =
        int.Parse(Environment.GetEnvironmentVariable("LLUMNIX_PROCESS_STORM_MOVES") ?? "1000", CultureInfo.InvariantCulture);

    private readonly ConcurrentDictionary<string, string> _live = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private int _moved;
    private int _finished;
    private int _cancelled;
    private int _left;

    private bool Over => Volatile.Read(ref _moved) >= Moves || !_wrong.IsEmpty;

    [Fact]
    public async Task No_token_no_block_and_no_request_is_lost_or_doubled()
    {
        using var folder = new TinyModelFolder(TinyModelFolder.Config(ModelFamily.Llama) with { MaxPositions = 512 });
        (string Body, int[] Expected)[] templates = Prepare(folder.Path);
        using TwoProcesses cluster = await TwoProcesses.StartAsync(
            folder.Path,
            // Too few blocks for the requests that come together here now and then, prompts in chunks.
            "llumnix.engine.block-size=8", "llumnix.engine.blocks=120", "llumnix.engine.token-budget=64", "llumnix.engine.max-running=64",
            "llumnix.migration.max-concurrent-out=16", "llumnix.migration.max-concurrent-in=16", "llumnix.migration.last-stage-blocks=1",
            "llumnix.migration.idle-timeout=2s", "llumnix.delivery.orphan-after=2s", "llumnix.delivery.resume-window=4s",
            // A hundred tokens a second each at most, so that the machine has time for moving.
            "llumnix.delivery.max-unacked=4", "llumnix.delivery.ack-interval=40ms");
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(number => Task.Run(() => ClientAsync(cluster, number % 2, new Random(Seed + number), templates)))];
        Task[] movers = [.. Enumerable.Range(0, Movers).Select(number => Task.Run(() => MoverAsync(cluster, number % 2, new Random(Seed - 1 - number))))];
        Task<(long Bytes, int Threads, int Files)[]> warm = WarmAsync(cluster);
        var time = System.Diagnostics.Stopwatch.StartNew();
        await Task.WhenAll([.. clients, .. movers]);
        output.WriteLine($"{_moved} moves told of in {time.Elapsed.TotalSeconds:0} s; {_finished} requests finished, {_cancelled} cancelled, {_left} left by their clients");

        Assert.True(_wrong.IsEmpty, string.Join('\n', _wrong));
        Assert.True(_finished > 0 && _cancelled > 0 && _left > 0);
        await cluster.ForgottenAsync();
        for (int process = 0; process < 2; process++)
        {
            (long bytes, int threads, int files) = cluster.Use(process);
            (long bytesWarm, int threadsWarm, int filesWarm) = (await warm)[process];
            output.WriteLine($"process {process}: {bytesWarm >> 20} MiB, {threadsWarm} threads, {filesWarm} files when warm; {bytes >> 20} MiB, {threads} threads, {files} files in the end");
            Assert.True(files <= filesWarm, $"{filesWarm} files were open in the storm, {files} are after it.");
            Assert.True(bytes < bytesWarm + (128 << 20), $"Memory grew from {bytesWarm} to {bytes} bytes.");
            // Orders that could not be carried out are told of, and a machine so busy that heartbeats are late.
            string[] warnings = [.. Warnings(cluster.Log(process)).Where(line =>
                !line.Contains("could not be moved", StringComparison.Ordinal) && !line.Contains("heartbeat interval", StringComparison.Ordinal))];
            Assert.True(warnings.Length == 0, string.Join('\n', warnings));
        }
    }

    /// <summary>Request bodies without their length, and what each gives at full length by the bare engine.</summary>
    private static (string Body, int[] Expected)[] Prepare(string model)
    {
        using var engine = new BareEngine(model);
        return [.. Enumerable.Range(0, Templates).Select(i =>
        {
            // A third have a beginning in common, some are longer than a step takes.
            int[] prompt = [.. Enumerable.Range(0, i % 8 == 0 ? 150 : 4 + i).Select(position => i % 3 == 0 ? 5 + (position % 7) : 1 + ((i * 31) + (position * 17)) % 250)];
            float temperature = i % 4 == 0 ? 0 : 0.9f;
            float penalty = i % 5 == 0 ? 0.6f : 0;
            int[] expected = engine.Generate(
                prompt, new SamplingParameters { Temperature = temperature, Seed = (ulong)i, MaxTokens = MaxTokens, IgnoreEos = true, PresencePenalty = penalty });
            return (
                string.Create(CultureInfo.InvariantCulture, $"\"prompt\":[{string.Join(',', prompt)}],\"temperature\":{temperature},\"seed\":{i},\"presence_penalty\":{penalty},\"ignore_eos\":true"),
                expected);
        })];
    }

    /// <summary>What the processes use when a fifth of the storm is over.</summary>
    private async Task<(long Bytes, int Threads, int Files)[]> WarmAsync(TwoProcesses cluster)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (Volatile.Read(ref _moved) < Moves / 5 && !Over) await timer.WaitForNextTickAsync();
        return [cluster.Use(0), cluster.Use(1)];
    }

    /// <summary>Starts one request after the other, cancels some and drops its connection under others.</summary>
    private async Task ClientAsync(TwoProcesses cluster, int process, Random random, (string Body, int[] Expected)[] templates)
    {
        TestSocket socket = await cluster.ConnectAsync(process);
        try
        {
            while (!Over)
            {
                (string body, int[] expected) = templates[random.Next(templates.Length)];
                int maxTokens = random.Next(10, MaxTokens + 1);
                int leaveAt = random.Next(3) == 0 ? random.Next(maxTokens) : -1;
                bool cancels = random.Next(3) != 0;
                await socket.SendAsync($$"""{"type":"generate","ref":"r","max_tokens":{{maxTokens}},{{body}}}""");
                if (await ReadAsync(socket, expected.AsMemory(0, maxTokens), leaveAt, cancels)) continue;

                socket.Dispose();
                Interlocked.Increment(ref _left);
                socket = await cluster.ConnectAsync(process);
            }
        }
        catch (Exception e)
        {
            _wrong.Enqueue($"A client failed: {e}");
        }
        finally
        {
            socket.Dispose();
        }
    }

    /// <summary>Reads a request to its end; false where its client leaves before.</summary>
    private async Task<bool> ReadAsync(TestSocket socket, ReadOnlyMemory<int> expected, int leaveAt, bool cancels)
    {
        JsonElement accepted = await socket.ReceiveAsync();
        // A cancel of the one before may have come after its end.
        while (TestSocket.TypeOf(accepted) == "error" && accepted.Number("status") == 404) accepted = await socket.ReceiveAsync();
        if (TestSocket.TypeOf(accepted) != "accepted")
        {
            _wrong.Enqueue($"A request is not accepted: {accepted}");
            return false;
        }

        string request = accepted.Text("request")!;
        _live.TryAdd(request, "");
        try
        {
            for (int next = 0; ;)
            {
                JsonElement frame = await socket.ReceiveAsync();
                switch (TestSocket.TypeOf(frame))
                {
                    case "moved":
                        _live[request] = frame.Text("to")!;
                        Interlocked.Increment(ref _moved);
                        break;
                    case "token" when frame.Number("index") == next && next < expected.Length && frame.Number("id") == expected.Span[next]:
                        if (next++ != leaveAt) break;
                        if (!cancels) return false;
                        await socket.SendAsync("""{"type":"cancel","ref":"r"}""");
                        break;
                    case "finished" when frame.Text("reason") == "length" && next == expected.Length && frame.Number("tokens") == next:
                        Interlocked.Increment(ref _finished);
                        return true;
                    case "finished" when frame.Text("reason") == "cancelled" && leaveAt >= 0 && frame.Number("tokens") == next:
                        Interlocked.Increment(ref _cancelled);
                        return true;
                    // The cancel came after the end.
                    case "error" when leaveAt >= 0 && frame.Number("status") == 404:
                        break;
                    default:
                        _wrong.Enqueue($"{request} expects token {next} of {expected.Length}: {frame}");
                        return false;
                }
            }
        }
        catch (OperationCanceledException)
        {
            _wrong.Enqueue($"{request} stands still.");
            return false;
        }
        finally
        {
            _live.TryRemove(request, out _);
        }
    }

    private async Task MoverAsync(TwoProcesses cluster, int process, Random random)
    {
        try
        {
            for (int order = 1; !Over; order++)
            {
                KeyValuePair<string, string>[] live = _live.ToArray();
                if (live.Length == 0) continue;
                (string request, string at) = live[random.Next(live.Length)];
                string[] others = [.. cluster.Instances.Where(instance => instance != at)];
                await cluster.MigrateAsync(process, request, others[random.Next(others.Length)]);
                if (order % 100 == 0) await cluster.AddUpAsync();
            }
        }
        catch (Exception e)
        {
            _wrong.Enqueue($"A mover failed: {e}");
        }
    }

    private static IEnumerable<string> Warnings(string log) => log.Split('\n').Where(line =>
        line.Contains(" warn: ", StringComparison.Ordinal) || line.Contains(" fail: ", StringComparison.Ordinal) || line.Contains(" crit: ", StringComparison.Ordinal));
}

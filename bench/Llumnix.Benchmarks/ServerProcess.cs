using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;

namespace Llumnix.Benchmarks;

/// <summary>The program in a process of its own, so that its CPU time is its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly long _started;

    private ServerProcess(Process process, long started, string address)
    {
        _process = process;
        _started = started;
        Ready = Stopwatch.GetElapsedTime(started);
        Http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1024 }) { BaseAddress = new Uri(address), Timeout = Timeout.InfiniteTimeSpan };
    }

    public HttpClient Http { get; }

    /// <summary>From the start of the process until it said its address.</summary>
    public TimeSpan Ready { get; }

    public TimeSpan Age => Stopwatch.GetElapsedTime(_started);

    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts one instance of a model and waits until it serves.</summary>
    public static async Task<ServerProcess> StartAsync(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "llumnix.dll"), "serve", "--port", "0", .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var errors = new StringBuilder();
        long started = Stopwatch.GetTimestamp();
        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors) errors.AppendLine(line.Data);
        };
        process.Start();
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            const string Before = "Open ";
            if (line.StartsWith(Before, StringComparison.Ordinal)) return new ServerProcess(process, started, line[Before.Length..].Split(' ')[0]);
        }

        await process.WaitForExitAsync();
        process.Dispose();
        lock (errors) throw new BenchmarkArgumentException($"The server did not start: {errors.ToString().Trim()}");
    }

    /// <summary>Streams one completion, a token an event; notes when each came.</summary>
    /// <param name="prompt">Token ids.</param>
    /// <param name="maxTokens">Exactly so many come.</param>
    /// <param name="token">Called for each, on any thread.</param>
    public async Task StreamAsync(int[] prompt, int maxTokens, Action token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            // With token ids every token is an event, also one whose text is not certain yet.
            Content = JsonContent.Create(new
            {
                prompt,
                max_tokens = maxTokens,
                temperature = 0,
                ignore_eos = true,
                stream = true,
                return_token_ids = true,
            }),
        };
        using HttpResponseMessage answer = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        using Stream body = await answer.Content.ReadAsStreamAsync();

        // Events are told apart by the empty line between them: the first opens the choice, the last two finish it and the stream.
        byte[] buffer = new byte[16 * 1024];
        int events = 0;
        bool line = false;
        for (int read; (read = await body.ReadAsync(buffer)) > 0;)
        {
            foreach (byte value in buffer.AsSpan(0, read))
            {
                bool end = value == '\n';
                if (end && line && ++events > 1 && events <= maxTokens + 1) token();
                line = end;
            }
        }

        if (events != maxTokens + 3) throw new InvalidOperationException($"A stream of {maxTokens} tokens had {events} events, not {maxTokens + 3}.");
    }

    public void Dispose()
    {
        Http.Dispose();
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}

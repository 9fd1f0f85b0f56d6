using System.Diagnostics;
using System.Reflection;
using System.Text;

namespace Llumnix.Host.Benchmarks;

/// <summary>
/// This program once more, in a process of its own that runs a hidden command. It ends when it is disposed of, and by itself when this
/// process is gone, however that went: its standard input closes then.
/// </summary>
internal sealed class SelfProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private SelfProcess(Process process) => _process = process;

    public static SelfProcess Start(params string[] args)
    {
        string program = Environment.ProcessPath ?? throw new BenchmarkException("This program does not know its own path, so it cannot start a second process.");
        string[] before = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Assembly.GetEntryAssembly()!.Location] : [];
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, [.. before, .. args])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        var started = new SelfProcess(process);
        process.ErrorDataReceived += (_, line) => started.Note(line.Data);
        process.Start();
        process.BeginErrorReadLine();
        return started;
    }

    /// <summary>The next line that starts so, without that start.</summary>
    /// <exception cref="BenchmarkException">The process ended before.</exception>
    public async Task<string> ReadAsync(string start, CancellationToken cancellationToken)
    {
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Patience, cancellationToken) is { } line)
        {
            if (line.StartsWith(start, StringComparison.Ordinal)) return line[start.Length..];
        }

        await _process.WaitForExitAsync(cancellationToken);
        lock (_errors) throw new BenchmarkException($"The child process ended with code {_process.ExitCode}: {_errors.ToString().Trim()}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(Farewell);
            try
            {
                // What it still prints must not fill the pipe.
                _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }

    private void Note(string? line)
    {
        lock (_errors) _errors.AppendLine(line);
    }
}

using System.Diagnostics;
using System.Text;

namespace Llumnix.Host.Tests.CommandLine;

/// <summary>The program in a process of its own, as a person starts it.</summary>
internal sealed class LlumnixProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly TaskCompletionSource<string> _node = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LlumnixProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Take(_error, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The process, for who looks at it from outside.</summary>
    public int Id => _process.Id;

    public string Output => Read(_output);

    public string Error => Read(_error);

    public static LlumnixProcess Start(params string[] args) => Start(new Dictionary<string, string>(), args);

    /// <param name="variables">Variables of its environment beside this process's.</param>
    /// <param name="args">The command line.</param>
    public static LlumnixProcess Start(IReadOnlyDictionary<string, string> variables, string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "llumnix.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach ((string name, string value) in variables) start.Environment[name] = value;
        return new LlumnixProcess(new Process { StartInfo = start });
    }

    /// <summary>Runs to the end; returns the exit code.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using LlumnixProcess process = Start(args);
        return (await process.EndAsync(), process.Output, process.Error);
    }

    /// <summary>The address it says it serves at, or answers for its health on a node without the role gateway.</summary>
    public async Task<Uri> AddressAsync() => new(await ToldAsync(_address.Task));

    /// <summary>What it says others join it by: <c>HOST:PORT</c>.</summary>
    public Task<string> NodeAsync() => ToldAsync(_node.Task);

    /// <summary>Waits for its end; returns the exit code.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Sends a signal by name, for example TERM.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private async Task<string> ToldAsync(Task<string> told)
    {
        await Task.WhenAny(told, _process.WaitForExitAsync()).WaitAsync(Patience);
        Assert.True(told.IsCompleted, $"The program ended before it served: {Error}");
        return await told;
    }

    private void Take(StringBuilder lines, string? line)
    {
        if (line is null) return;
        lock (lines) lines.AppendLine(line);
        Find(_node, line, "Other processes join with --seed ");
        Find(_address, line, "Open ");
        Find(_address, line, "Health: ");
    }

    /// <summary>The word after what a line begins with.</summary>
    private static void Find(TaskCompletionSource<string> told, string line, string before)
    {
        if (line.StartsWith(before, StringComparison.Ordinal)) told.TrySetResult(line[before.Length..].Split(' ')[0]);
    }

    private static string Read(StringBuilder lines)
    {
        lock (lines) return lines.ToString();
    }
}

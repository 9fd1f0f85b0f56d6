using System.Diagnostics;
using System.Globalization;

namespace Llumnix.Host.CommandLine;

/// <summary>How far a long command is: a bar in the terminal's last line; nothing where nobody watches.</summary>
internal sealed class ProgressLine(TextWriter error) : IDisposable
{
    private const int Width = 40;
    private readonly bool _watched = !Console.IsErrorRedirected && ReferenceEquals(error, Console.Error);
    private readonly Lock _lock = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _shown = -1;

    /// <summary>So much of <paramref name="all"/> is done; from any thread.</summary>
    public void Report(double done, int all)
    {
        if (!_watched) return;

        int permille = (int)(1000 * done / all);
        lock (_lock)
        {
            if (permille == _shown) return;

            _shown = permille;
            int full = Width * permille / 1000;
            error.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"\r[{new string('#', full)}{new string('.', Width - full)}] {permille / 10.0:0.0} % of {all} simulations, {Stopwatch.GetElapsedTime(_started).TotalSeconds:0} s "));
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (_shown >= 0) error.Write($"\r{new string(' ', Width + 50)}\r");
            _shown = -1;
        }
    }

    public void Dispose() => Clear();
}

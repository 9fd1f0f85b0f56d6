namespace Llumnix.Gpu.Engine;

/// <summary>
/// Cuts a text that comes in pieces at its first stop string: releases what cannot be part of one and holds back what may become one.
/// What it releases in all does not depend on how the text was cut into pieces.
/// </summary>
/// <param name="stops">The stop strings, none empty. The one that ends first counts; of those that end together, the longest.</param>
/// <param name="includeStop">Whether the stop string found is released too.</param>
public sealed class StopTextFilter(IReadOnlyList<string> stops, bool includeStop)
{
    private readonly StopStringScanner? _scanner = stops.Count == 0 ? null : new StopStringScanner(stops);
    private string _held = "";

    /// <summary>Whether a stop string was found; nothing more is released.</summary>
    public bool Ended => StopString is not null;

    /// <summary>The stop string found.</summary>
    public string? StopString { get; private set; }

    /// <summary>Adds a piece and returns the text that became certain.</summary>
    /// <param name="piece">The next text.</param>
    /// <param name="mayEnd">Whether a stop string that ends in this piece counts.</param>
    public string Append(string piece, bool mayEnd = true)
    {
        if (Ended) return "";
        if (_scanner is null || piece.Length == 0) return piece;

        for (int i = 0; i < piece.Length; i++)
        {
            int found = _scanner.Append(piece[i]);
            if (found == 0 || !mayEnd) continue;
            string upToStop = string.Concat(_held, piece.AsSpan(0, i + 1));
            StopString = upToStop[^found..];
            _held = "";
            return includeStop ? upToStop : upToStop[..^found];
        }

        string text = _held + piece;
        int release = text.Length - _scanner.Pending;
        _held = text[release..];
        return text[..release];
    }

    /// <summary>The text is over: returns what was held back.</summary>
    public string Flush()
    {
        string rest = _held;
        _held = "";
        return rest;
    }
}

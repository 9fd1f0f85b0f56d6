using System.Text.Encodings.Web;
using System.Text.Json;

namespace Llumnix.Benchmarks;

/// <summary>Prints figures as a table and writes them as JSON where a file is named.</summary>
internal static class BenchmarkReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Columns as wide as their widest cell, the first to the left, the others to the right.</summary>
    public static void Print(string[] header, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. header.Select((title, column) => rows.Select(row => row[column].Length).Append(title.Length).Max())];
        foreach (string[] row in rows.Prepend(header))
        {
            IEnumerable<string> cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
            Console.WriteLine(string.Join("  ", cells));
        }
    }

    public static void Save<T>(string? file, T figures)
    {
        if (file is not null) File.WriteAllText(file, JsonSerializer.Serialize(figures, Json) + Environment.NewLine);
    }

    public static double Median(IEnumerable<double> values) => Quantile(values, 0.5);

    /// <summary>The value that a share of the others is below, between neighbours by proportion.</summary>
    public static double Quantile(IEnumerable<double> values, double share)
    {
        double[] ordered = [.. values.Order()];
        double place = share * (ordered.Length - 1);
        int below = (int)place;
        return ordered[below] + ((place - below) * (ordered[Math.Min(below + 1, ordered.Length - 1)] - ordered[below]));
    }
}

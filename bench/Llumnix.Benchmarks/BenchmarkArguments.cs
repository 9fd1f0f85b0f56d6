using System.Globalization;

namespace Llumnix.Benchmarks;

/// <summary>A command's <c>--name value</c> pairs.</summary>
internal sealed class BenchmarkArguments
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>Reads the pairs; a name not among <paramref name="known"/> is refused.</summary>
    /// <param name="arguments">What follows the command.</param>
    /// <param name="usage">The command with its options, for whoever gets one wrong.</param>
    /// <param name="known">The names.</param>
    public BenchmarkArguments(string[] arguments, string usage, params string[] known)
    {
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (!known.Contains(arguments[i]))
            {
                throw new BenchmarkArgumentException($"{arguments[i]} is not an option here: {usage}.");
            }

            if (i + 1 == arguments.Length) throw new BenchmarkArgumentException($"{arguments[i]} needs a value.");
            _values[arguments[i]] = arguments[i + 1];
        }
    }

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public string[] Words(string name, string byDefault) => _values.GetValueOrDefault(name, byDefault).Split(',');

    /// <summary>A whole number of at least 1.</summary>
    public int Number(string name, int byDefault) => _values.TryGetValue(name, out string? text) ? Parse(name, text) : byDefault;

    /// <summary>Whole numbers of at least 1, separated by commas.</summary>
    public int[] Numbers(string name, string byDefault) => [.. Words(name, byDefault).Select(text => Parse(name, text))];

    private static int Parse(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new BenchmarkArgumentException($"{name} is {text}, but must be a whole number of at least 1.");
}

using System.Globalization;

namespace Llumnix.Simulation.Costs;

/// <summary>
/// Step times by a measured profile. What attention costs is fitted (linear in pairs for prompts, in context for decodes); the rest
/// follows the measured points, straight between them and on beyond the last.
/// </summary>
public sealed class ProfileCostModel : ICostModel
{
    private readonly double _perPair;
    private readonly double _perContextToken;
    private readonly (double X, double Y)[] _prompt;
    private readonly (double X, double Y)[] _decode;
    private readonly double _sharedFixed;

    /// <param name="profile">The points.</param>
    public ProfileCostModel(StepProfile profile)
    {
        _perPair = Math.Max(0, LastCoefficient(profile.Prompts.Select(time => ((double)time.Tokens, (double)time.Tokens * time.Tokens, time.Milliseconds))));
        _perContextToken = Math.Max(0, LastCoefficient(profile.Decodes.Select(time => ((double)time.Requests, (double)time.ContextTokens, time.Milliseconds))));
        _prompt = Curve(profile.Prompts.Select(time => ((double)time.Tokens, time.Milliseconds - (_perPair * time.Tokens * time.Tokens))));
        _decode = Curve(profile.Decodes.Select(time => ((double)time.Requests, time.Milliseconds - (_perContextToken * time.ContextTokens))));
        _sharedFixed = Math.Max(0, Math.Min(At(_prompt, 0), At(_decode, 0)));
        double error = profile.Prompts
            .Select(time => Math.Abs((SecondsOf(new StepWork { PromptTokens = time.Tokens, PromptPairs = (double)time.Tokens * time.Tokens }) * 1000 / time.Milliseconds) - 1))
            .Concat(profile.Decodes.Select(time =>
                Math.Abs((SecondsOf(new StepWork { Decodes = time.Requests, ContextTokens = time.ContextTokens }) * 1000 / time.Milliseconds) - 1)))
            .Average();
        Description = string.Create(CultureInfo.InvariantCulture, $"{profile.Model} on {profile.Device}, measured; off by {error:P1} on average at its own points");
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public double SecondsOf(in StepWork work)
    {
        double milliseconds = 0;
        if (work.PromptTokens > 0) milliseconds += At(_prompt, work.PromptTokens) + (_perPair * work.PromptPairs);
        if (work.Decodes > 0) milliseconds += At(_decode, work.Decodes) + (_perContextToken * work.ContextTokens);
        if (work is { PromptTokens: > 0, Decodes: > 0 }) milliseconds -= _sharedFixed;
        return Math.Max(milliseconds, 0.001) / 1000;
    }

    private static (double X, double Y)[] Curve(IEnumerable<(double X, double Y)> points) =>
        [.. points.GroupBy(point => point.X).Select(same => (same.Key, same.Average(point => point.Y))).OrderBy(point => point.Key)];

    private static double At((double X, double Y)[] curve, double x)
    {
        int next = 1;
        while (next < curve.Length - 1 && curve[next].X < x) next++;
        var (fromX, from) = curve[next - 1];
        var (toX, to) = curve[next];
        return from + ((x - fromX) / (toX - fromX) * (to - from));
    }

    /// <summary>The coefficient of the second variable in the least squares over relative errors of <c>a + b x + c y</c>.</summary>
    private static double LastCoefficient(IEnumerable<(double X, double Y, double Value)> points)
    {
        var matrix = new double[3, 4];
        foreach (var (x, y, value) in points)
        {
            double[] row = [1 / value, x / value, y / value, 1];
            for (int i = 0; i < 3; i++)
            {
                for (int j = 0; j < 4; j++) matrix[i, j] += row[i] * row[j];
            }
        }

        for (int pivot = 0; pivot < 3; pivot++)
        {
            // Where the points do not tell two apart, neither gets more than it must.
            if (Math.Abs(matrix[pivot, pivot]) < 1e-18) return 0;

            for (int row = pivot + 1; row < 3; row++)
            {
                double factor = matrix[row, pivot] / matrix[pivot, pivot];
                for (int column = pivot; column < 4; column++) matrix[row, column] -= factor * matrix[pivot, column];
            }
        }

        return Math.Abs(matrix[2, 2]) < 1e-18 ? 0 : matrix[2, 3] / matrix[2, 2];
    }
}

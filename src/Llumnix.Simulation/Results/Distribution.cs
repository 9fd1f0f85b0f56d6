namespace Llumnix.Simulation.Results;

/// <summary>Values in rising order.</summary>
public sealed class Distribution
{
    private readonly double[] _sorted;

    /// <param name="values">In any order; those that are no number are left out.</param>
    public Distribution(IEnumerable<double> values)
    {
        _sorted = [.. values.Where(value => !double.IsNaN(value))];
        Array.Sort(_sorted);
    }

    public int Count => _sorted.Length;

    /// <summary>The values, rising.</summary>
    public ReadOnlySpan<double> Sorted => _sorted;

    /// <summary>NaN where there are none.</summary>
    public double Mean => _sorted.Length == 0 ? double.NaN : _sorted.Sum() / _sorted.Length;

    /// <summary>The value that a share in [0, 1] of them does not exceed, interpolated between neighbours; NaN where there are none.</summary>
    public double Quantile(double share)
    {
        if (_sorted.Length == 0) return double.NaN;

        double position = share * (_sorted.Length - 1);
        int below = (int)position;
        return below + 1 == _sorted.Length
            ? _sorted[below]
            : _sorted[below] + ((position - below) * (_sorted[below + 1] - _sorted[below]));
    }
}

namespace Llumnix.Simulation.Paper;

/// <summary>A load that the paper's figures show policies under.</summary>
/// <param name="Figure">The figure's number.</param>
/// <param name="Trace">One of <see cref="PaperWorkloads.Names"/>.</param>
/// <param name="Rate">Requests per second.</param>
/// <param name="Variation">Coefficient of variation of the times between arrivals; 1 is Poisson, others Gamma.</param>
/// <param name="Threshold">Figure 15: the lower end of the band that the average freeness is kept in.</param>
public readonly record struct PaperPoint(int Figure, string Trace, double Rate, double Variation = 1, double? Threshold = null)
{
    /// <summary><c>Poisson</c> or <c>Gamma</c>.</summary>
    public string Arrivals => Variation == 1 ? "Poisson" : "Gamma";
}

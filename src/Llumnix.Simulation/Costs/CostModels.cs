namespace Llumnix.Simulation.Costs;

/// <summary>The cost models with constants of their own, by name.</summary>
public static class CostModels
{
    /// <summary>LLaMA-7B on an A10, read off the Llumnix paper's figure 10: too fast for its figure 11.</summary>
    public static LinearCostModel A10Figure10 { get; } = new()
    {
        Source = "LLaMA-7B on A10, by figure 10 of the Llumnix paper",
        PromptFixed = 5,
        PromptToken = 0.205,
        PromptPair = 4.7e-6,
        DecodeFixed = 25,
        DecodeRequest = 0.28,
        DecodeToken = 0.0022,
    };

    /// <summary>LLaMA-7B on an A10, fitted to the Llumnix paper's figure 11, all traces together; its pairs are those of figure 10.</summary>
    public static LinearCostModel A10 { get; } = new()
    {
        Source = "LLaMA-7B on A10, fitted to figure 11 of the Llumnix paper",
        PromptFixed = 8.6,
        PromptToken = 0.388,
        PromptPair = 4.7e-6,
        DecodeFixed = 30.5,
        DecodeRequest = 0.414,
        DecodeToken = 0.00197,
    };
}

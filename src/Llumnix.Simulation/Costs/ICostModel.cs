namespace Llumnix.Simulation.Costs;

/// <summary>How long an instance takes for a step.</summary>
/// <remarks>
/// A mixed step reads the weights once for its prompts and its decodes together: it costs the sum of both less the smaller of their fixed
/// parts.
/// </remarks>
public interface ICostModel
{
    /// <summary>One line that says what it is and where its numbers come from.</summary>
    string Description { get; }

    /// <summary>Seconds that the step takes.</summary>
    double SecondsOf(in StepWork work);
}

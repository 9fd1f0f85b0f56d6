using Llumnix.Scheduling;
using Llumnix.Scheduling.Batching;
using Llumnix.Simulation.Costs;

namespace Llumnix.Simulation.Tests.Costs;

public sealed class CostModelTests
{
    private static BatchPlan Plan(params (int Start, int Count, bool Samples)[] items)
    {
        var plan = new BatchPlan();
        foreach (var (start, count, samples) in items) plan.Add(new RequestId(0, (ulong)plan.Items.Count << 16), start, count, samples, []);
        return plan;
    }

    [Fact]
    public void The_work_of_a_step_counts_prompts_pairs_decodes_and_what_they_read() =>
        Assert.Equal(
            new StepWork { PromptTokens = 10 + 20 + 1, PromptPairs = 100 + (1600 - 400) + 1, Decodes = 2, ContextTokens = 101 + 8 },
            StepWork.Of(Plan((0, 10, true), (20, 20, false), (0, 1, true), (100, 1, true), (7, 1, true))));

    [Fact]
    public void A_mixed_step_reads_the_weights_once()
    {
        var model = CostModels.A10Figure10;
        double prompt = model.SecondsOf(StepWork.Of(Plan((0, 512, true))));
        double decode = model.SecondsOf(StepWork.Of(Plan((300, 1, true))));
        double mixed = model.SecondsOf(StepWork.Of(Plan((0, 512, true), (300, 1, true))));

        Assert.Equal(5 + (0.205 * 512) + (4.7e-6 * 512 * 512), prompt * 1000, 6);
        Assert.Equal(25 + 0.28 + (0.0022 * 301), decode * 1000, 6);
        Assert.Equal(prompt + decode - 0.005, mixed, 9);
    }

    [Fact]
    public void Chunks_cost_what_the_whole_prompt_costs_and_a_fixed_part_each()
    {
        var model = CostModels.A10;
        double whole = model.SecondsOf(StepWork.Of(Plan((0, 1000, true))));
        double chunks = model.SecondsOf(StepWork.Of(Plan((0, 600, false)))) + model.SecondsOf(StepWork.Of(Plan((600, 400, true))));

        Assert.Equal(whole + (model.PromptFixed / 1000), chunks, 9);
    }
}

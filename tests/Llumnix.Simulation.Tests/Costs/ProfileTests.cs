using Llumnix.Simulation.Costs;

namespace Llumnix.Simulation.Tests.Costs;

public sealed class ProfileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    private static StepProfile Profile(LinearCostModel truth) => new()
    {
        Format = StepProfile.CurrentFormat,
        Model = "m",
        Device = "d",
        BlockSize = 16,
        Blocks = 100,
        BytesPerBlock = 1000,
        MaxContext = 4096,
        Prompts = [.. ((int[])[1, 16, 64, 256, 1024, 4096]).Select(tokens => new StepProfile.PromptTime(
            tokens, truth.SecondsOf(new StepWork { PromptTokens = tokens, PromptPairs = (double)tokens * tokens }) * 1000))],
        Decodes = [.. from requests in (int[])[1, 4, 16, 64] from context in (int[])[100, 2000] select new StepProfile.DecodeTime(
            requests, requests * context, truth.SecondsOf(new StepWork { Decodes = requests, ContextTokens = requests * context }) * 1000)],
    };

    [Fact]
    public void A_profile_of_linear_costs_gives_them_back_between_and_beyond_its_points()
    {
        Profile(CostModels.A10).Write(_path);
        var model = CostText.Parse($"profile:{_path}");

        Assert.All(
            (StepWork[])
            [
                new() { PromptTokens = 100, PromptPairs = 100 * 100 },
                new() { PromptTokens = 6000, PromptPairs = 6000.0 * 6000 },
                new() { PromptTokens = 300, PromptPairs = 900.0 * 900 - 600.0 * 600 },
                new() { Decodes = 7, ContextTokens = 9000 },
                new() { Decodes = 100, ContextTokens = 50_000 },
                new() { PromptTokens = 64, PromptPairs = 64 * 64, Decodes = 3, ContextTokens = 500 },
            ],
            work => Assert.InRange(model.SecondsOf(work) / CostModels.A10.SecondsOf(work), 0.999, 1.001));
        Assert.Contains("off by 0.0", model.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_profile_is_refused_in_one_sentence()
    {
        void Refused(string text, string sentence)
        {
            File.WriteAllText(_path, text);
            Assert.Contains(sentence, Assert.Throws<SimulationException>(() => StepProfile.Read(_path)).Message, StringComparison.Ordinal);
        }

        Refused("{}", "cannot be read");
        Profile(CostModels.A10).Write(_path);
        Refused(File.ReadAllText(_path).Replace("step-profile-1", "step-profile-9", StringComparison.Ordinal), "it must be llumnix-step-profile-1");
        Assert.Contains("is not known; there are a10-llama-7b", Assert.Throws<SimulationException>(() => CostText.Parse("h100")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_roofline_reads_weights_for_few_tokens_and_computes_for_many()
    {
        var model = (RooflineCostModel)CostText.Parse("roofline:600:125:32:4096:32:128:11008:32000");
        double weights = model.Shape.Parameters * 2 / 600e9 / model.Efficiency;

        Assert.InRange(model.Shape.Parameters, 6.5e9, 6.8e9);
        Assert.Equal(512 * 1024, model.Shape.KvBytesPerToken);
        Assert.InRange((model.SecondsOf(new StepWork { Decodes = 1, ContextTokens = 1 }) - model.StepOverhead) / weights, 1, 1.001);
        double computing = 2 * model.Shape.Parameters * 4096 / 125e12 / model.Efficiency;
        Assert.InRange((model.SecondsOf(new StepWork { PromptTokens = 4096, PromptPairs = 4096.0 * 4096 }) - model.StepOverhead) / computing, 1, 1.2);
    }
}

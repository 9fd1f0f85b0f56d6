using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Llumnix.Training.Model;
using Llumnix.Training.Training;
using TorchSharp;

namespace Llumnix.Training.Commands;

/// <summary><c>train</c>: makes a model folder from nothing but a seed.</summary>
internal static class TrainCommand
{
    private const int Vocabulary = 1024;

    public static Command Create()
    {
        Option<string> output = new("--out") { Description = "Folder for the model; figures go to the folder of the same name plus .report.", Required = true };
        Option<ulong> seed = new("--seed") { Description = "Seed of corpus and weights.", DefaultValueFactory = _ => 1 };
        Option<int> steps = new("--steps") { Description = "Training steps.", DefaultValueFactory = _ => 1600 };
        Option<double?> minutes = new("--minutes") { Description = "Ends the schedule after this time even if steps remain; the result then depends on the machine's speed." };
        Option<int> tokens = new("--tokens-per-step") { Description = "Tokens in a step; a multiple of 2048.", DefaultValueFactory = _ => 4096 };
        Option<double> rate = new("--learning-rate") { Description = "Highest learning rate of the weight matrices; embeddings and norms take a fifth of it.", DefaultValueFactory = _ => 0.02 };
        Option<int> threads = new("--threads") { Description = "Threads to work on; the result does not depend on it.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<string> products = new("--products") { Description = "Arithmetic of the matrix products.", DefaultValueFactory = _ => "bf16" };
        products.AcceptOnlyFromAmong("bf16", "f32");
        AtLeast(steps, 1);
        AtLeast(threads, 1);
        minutes.Validators.Add(result =>
        {
            if (Number(result) is <= 0) result.AddError("--minutes must be above 0.");
        });
        rate.Validators.Add(result =>
        {
            if (Number(result) is <= 0 or > 1) result.AddError("--learning-rate must be above 0 and at most 1.");
        });
        tokens.Validators.Add(result =>
        {
            if (Number(result) is { } value && (value < 2048 || value % 2048 != 0)) result.AddError($"--tokens-per-step must be a multiple of 2048; {value} is not.");
        });
        Command command = new("train", "Trains the tokenizer and the model and writes a Hugging Face folder.")
        {
            output, seed, steps, minutes, tokens, rate, threads, products,
        };
        command.SetAction(parsed => new Trainer(
            new TrainingOptions(
                parsed.GetRequiredValue(output), parsed.GetValue(seed), parsed.GetValue(steps), parsed.GetValue(minutes), parsed.GetValue(tokens),
                parsed.GetValue(rate), parsed.GetValue(threads), parsed.GetValue(products) == "bf16" ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32,
                new LlamaShape(Vocabulary)),
            parsed.InvocationConfiguration.Output).Run());
        return command;
    }

    internal static void AtLeast(Option<int> option, int least) => option.Validators.Add(result =>
    {
        if (Number(result) < least) result.AddError($"{option.Name} must be at least {least}.");
    });

    /// <summary>The value if it is a number; what is none, the parser itself reports.</summary>
    internal static double? Number(OptionResult result) =>
        result.Tokens is [var token] && double.TryParse(token.Value, CultureInfo.InvariantCulture, out double value) ? value : null;
}

using System.CommandLine;
using Llumnix.Training.Corpus;
using Llumnix.Training.Model;
using Llumnix.Training.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Llumnix.Training.Commands;

/// <summary><c>sample</c>: continues a prompt with a model folder, by the plain forward pass.</summary>
internal static class SampleCommand
{
    public static Command Create()
    {
        Option<string> model = new("--model") { Description = "Model folder as the train command wrote it.", DefaultValueFactory = _ => "models/stories" };
        Option<string> prompt = new("--prompt") { Description = "Text to continue.", DefaultValueFactory = _ => "Once upon a time" };
        Option<bool> chat = new("--chat") { Description = "Treats the prompt as what a user says in a chat." };
        Option<int> count = new("--count") { Description = "How many samples.", DefaultValueFactory = _ => 3 };
        Option<int> tokens = new("--tokens") { Description = "Most new tokens of a sample.", DefaultValueFactory = _ => 300 };
        Option<double> temperature = new("--temperature") { Description = "0 takes the likeliest token always.", DefaultValueFactory = _ => 0.7 };
        Option<ulong> seed = new("--seed") { Description = "Seed of the samples.", DefaultValueFactory = _ => 1 };
        Option<bool> ignoreEnd = new("--ignore-eos") { Description = "Goes on after the end of a story." };
        model.Validators.Add(result =>
        {
            string folder = result.GetValueOrDefault<string>()!;
            if (!File.Exists(Path.Combine(folder, "model.safetensors"))) result.AddError($"--model: there is no model.safetensors in '{folder}'.");
        });
        TrainCommand.AtLeast(count, 1);
        TrainCommand.AtLeast(tokens, 1);
        temperature.Validators.Add(result =>
        {
            if (TrainCommand.Number(result) is < 0 or > 10) result.AddError("--temperature must be from 0 to 10.");
        });
        Command command = new("sample", "Continues a prompt with a model folder.") { model, prompt, chat, count, tokens, temperature, seed, ignoreEnd };
        command.SetAction(parsed =>
        {
            // Products of a few rows gain nothing from a second thread and wait for it where the machine is busy.
            set_num_threads(1);
            (StoryLlama llama, ByteLevelBpe bpe) = ModelFolder.Read(parsed.GetValue(model)!);
            string text = parsed.GetValue(chat)
                ? $"{SpecialTokens.TurnStart}user\n{parsed.GetValue(prompt)}{SpecialTokens.TurnEnd}\n{SpecialTokens.TurnStart}assistant\n"
                : SpecialTokens.Begin + parsed.GetValue(prompt);
            using (llama)
            {
                for (int index = 0; index < parsed.GetValue(count); index++)
                {
                    Dice dice = Dice.For(parsed.GetValue(seed), index);
                    string told = Continue(llama, bpe, text, parsed.GetValue(tokens), parsed.GetValue(temperature), parsed.GetValue(ignoreEnd), dice);
                    parsed.InvocationConfiguration.Output.WriteLine((parsed.GetValue(chat) ? "" : parsed.GetValue(prompt)) + told);
                    parsed.InvocationConfiguration.Output.WriteLine();
                }
            }
        });
        return command;
    }

    private static string Continue(StoryLlama llama, ByteLevelBpe bpe, string prompt, int most, double temperature, bool ignoreEnd, Dice dice)
    {
        List<int> ids = bpe.Encode(prompt);
        int start = ids.Count;
        using (no_grad())
        {
            while (ids.Count - start < most && ids.Count < llama.Shape.MaxPositions)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor logits = llama.Forward(tensor(ids.Select(id => (long)id).ToArray(), [1, ids.Count]))[0, -1];
                int next = temperature == 0 ? (int)logits.argmax().item<long>() : Draw((logits / temperature).softmax(0).data<float>().ToArray(), dice);
                if (!ignoreEnd && (next == bpe.Id(SpecialTokens.End) || next == bpe.Id(SpecialTokens.TurnEnd))) break;
                ids.Add(next);
            }
        }

        return bpe.Decode(ids.Skip(start));
    }

    private static int Draw(float[] probabilities, Dice dice)
    {
        double left = (dice.NextBits() >> 11) * (1.0 / (1UL << 53));
        for (int id = 0; id < probabilities.Length; id++)
        {
            left -= probabilities[id];
            if (left < 0) return id;
        }

        return Array.IndexOf(probabilities, probabilities.Max());
    }
}

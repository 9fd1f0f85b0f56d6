using System.CommandLine;
using Llumnix.Training.Corpus;

namespace Llumnix.Training.Commands;

/// <summary><c>corpus</c>: prints training documents.</summary>
internal static class CorpusCommand
{
    public static Command Create()
    {
        Option<ulong> seed = new("--seed") { Description = "Seed of the corpus.", DefaultValueFactory = _ => 1 };
        Option<int> count = new("--count") { Description = "How many documents to print.", DefaultValueFactory = _ => 5 };
        Option<string?> plot = new("--plot") { Description = "Only stories of this plot, without chat." };
        plot.AcceptOnlyFromAmong([.. StoryGrammar.Plots.Select(each => each.Name)]);
        TrainCommand.AtLeast(count, 1);
        Command command = new("corpus", "Prints documents of the training corpus.") { seed, count, plot };
        command.SetAction(parsed =>
        {
            for (int index = 0; index < parsed.GetValue(count); index++)
            {
                string text = parsed.GetValue(plot) is { } name
                    ? StoryGrammar.Tell(Dice.For(parsed.GetValue(seed), index), StoryGrammar.Plots.Single(each => each.Name == name)).Text
                    : new DocumentSource(parsed.GetValue(seed))[index].Text;
                parsed.InvocationConfiguration.Output.WriteLine(text.TrimEnd('\n'));
                parsed.InvocationConfiguration.Output.WriteLine();
            }
        });
        return command;
    }
}

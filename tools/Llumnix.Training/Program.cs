using System.CommandLine;
using Llumnix.Training.Commands;

RootCommand root = new("Makes the bundled story model: its corpus, its tokenizer, its weights.")
{
    TrainCommand.Create(),
    SampleCommand.Create(),
    CorpusCommand.Create(),
};
return root.Parse(args).Invoke();

using Llumnix.Host.CommandLine;

return await LlumnixCommands.RunAsync(args, Console.Out, Console.Error);

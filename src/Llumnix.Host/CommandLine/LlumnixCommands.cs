using System.CommandLine;
using Llumnix.Actors.Configuration;
using Llumnix.Gpu.Models;
using Llumnix.Host.Benchmarks;

namespace Llumnix.Host.CommandLine;

/// <summary>The program's command line. Values are not judged here but by the configuration, so that a flag and its key get one sentence.</summary>
internal static class LlumnixCommands
{
    private const string Serve = "serve";

    /// <summary>Runs what <paramref name="args"/> ask for; returns the exit code. Nothing but one sentence is ever written for an error.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        ParseResult parsed = Root(output, error).Parse(WithCommand(args));
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync($"llumnix: {Sentence(parsed)} See llumnix {PathOf(parsed.CommandResult.Command)}--help.");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                // The command itself decides what signals mean.
                ProcessTerminationTimeout = null,
            });
        }
        catch (ConfigurationException failure)
        {
            await error.WriteLineAsync($"llumnix: {failure.Message}");
        }
        catch (BenchmarkException failure)
        {
            await error.WriteLineAsync($"llumnix: {failure.Message}");
        }
        catch (ModelLoadException failure)
        {
            await error.WriteLineAsync($"llumnix: The model cannot be served: {failure.Message}");
        }
        catch (Exception fault)
        {
            // A fault of ours; its trace helps us and nobody else.
            await error.WriteLineAsync($"llumnix: An unexpected {fault.GetType().Name}: {fault.Message}");
        }

        return ExitCode.Failure;
    }

    /// <summary>No command means to serve, also where flags follow at once.</summary>
    private static string[] WithCommand(string[] args)
    {
        bool none = args.Length == 0 || (args[0].StartsWith('-') && args[0] is not ("-h" or "--help" or "-?" or "--version"));
        return none ? [Serve, .. args] : args;
    }

    private static RootCommand Root(TextWriter output, TextWriter error)
    {
        var root = new RootCommand(
            "Llumnix serves large language models from many instances behind one address. Without a command it serves the bundled model "
            + "from 4 instances at http://localhost:8080.");
        root.Add(ServeCommand(output, error));
        root.Add(SimulateCommand.Create(output, error));
        root.Add(BenchCommands.Create(output, error, args => RunAsync(args, output, error)));
        return root;
    }

    private static Command ServeCommand(TextWriter output, TextWriter error)
    {
        Option<string[]> models = new(ModelFlags.Model, "-m")
        {
            HelpName = "[NAME=]DIR",
            Description = "A model's folder, as Hugging Face lays it out; may be given more than once, for several models. Default: the bundled model.",
        };
        Option<string> instances = Flag("--instances", "N", "How many instances (model copies) of each model this node runs. Default: 4.", "-n");
        Option<string> port = Flag("--port", "P", "The port for HTTP; 0 takes any free one. Default: 8080, and any free one without the role gateway.", "-p");
        Option<string[]> roles = new(NodeFlags.Role)
        {
            HelpName = "ROLES",
            Description = "What this node does, with commas between: gateway (takes clients' requests), instance (runs the model), manager (may host the global manager). Default: all three.",
        };
        Option<string[]> seeds = new(NodeFlags.Seed)
        {
            HelpName = "HOST:PORT",
            Description = "A node of the cluster to join, as it tells when it starts; more with commas between, or by giving the flag again. Default: none, a cluster of its own.",
        };
        Option<string> bind = Flag(NodeFlags.Bind, "HOST:PORT", "Where other nodes reach this one; port 0 takes any free one. Default: 127.0.0.1:0, for nodes of this machine only.");
        Option<string> device = Flag("--device", "DEVICE", "Where instances compute: cpu, cuda, cuda:N or auto. Default: cpu.");
        Option<string> dtype = Flag("--dtype", "TYPE", "Number format of the weights: auto, float32, float16 or bfloat16. Default: auto, the checkpoint's.");
        Option<string[]> files = new("--config", "-c")
        {
            HelpName = "FILE",
            Description = "A configuration file (HOCON) over the defaults; may be given more than once, a later one over an earlier one.",
        };
        Option<string[]> sets = new("--set", "-s")
        {
            HelpName = "KEY=VALUE",
            Description = "One key of the configuration, over all else, such as --set llumnix.engine.token-budget=1024; may be given more than once.",
        };
        Option<bool> print = new("--print-config")
        {
            Description = "Print the configuration in effect, with where each value comes from, and end.",
        };
        var flags = new Dictionary<Option<string>, string>
        {
            [instances] = "llumnix.instances.count",
            [port] = "llumnix.gateway.port",
            [device] = "llumnix.engine.device",
            [dtype] = "llumnix.engine.dtype",
        };

        var command = new Command(Serve, "Serve a model over HTTP and WebSocket until Ctrl-C.")
        {
            models, instances, port, roles, seeds, bind, device, dtype, files, sets, print,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            LlumnixConfiguration configuration = LlumnixConfiguration.Load(
                parsed.GetValue(files),
                parsed.GetValue(sets),
                [
                    .. flags.Where(flag => parsed.GetValue(flag.Key) is not null)
                        .Select(flag => new ConfigurationFlag(flag.Key.Name, flag.Value, parsed.GetValue(flag.Key)!)),
                    .. NodeFlags.Of(parsed.GetValue(roles), parsed.GetValue(seeds), parsed.GetValue(bind)),
                    .. ModelFlags.Of(parsed.GetValue(models)),
                ],
                Variables());
            if (!parsed.GetValue(print)) return new ServeCommand(configuration, output, error).RunAsync(cancellationToken);
            output.Write(configuration.Describe());
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static Option<string> Flag(string name, string value, string description, params string[] aliases) =>
        new(name, aliases) { HelpName = value, Description = description };

    private static Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return variables;
    }

    /// <summary>A command as it is written, with those it belongs to before it.</summary>
    private static string PathOf(Command command) =>
        command is RootCommand ? "" : $"{string.Concat(command.Parents.OfType<Command>().Select(PathOf))}{command.Name} ";

    private static string Sentence(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is [string unknown, ..])
        {
            Command[] commands = [.. command.Subcommands.Where(known => !known.Hidden)];
            return commands.Length > 0
                ? $"{unknown} is not a command{(command is RootCommand ? "" : " of " + command.Name)}; there {(commands.Length == 1 ? "is" : "are")} {string.Join(", ", commands.Select(known => known.Name))}."
                : $"{unknown} is not a flag of {command.Name}; there are {string.Join(", ", command.Options.Select(known => known.Name))}.";
        }

        string sentence = parsed.Errors[0].Message.Trim();
        return sentence.EndsWith('.') ? sentence : sentence + ".";
    }
}

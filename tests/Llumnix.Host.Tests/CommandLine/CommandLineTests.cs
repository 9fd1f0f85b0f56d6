using System.Net;
using System.Net.Sockets;
using Llumnix.Host.CommandLine;

namespace Llumnix.Host.Tests.CommandLine;

/// <summary>What the command line refuses before anything starts; run in this process because nothing is to start.</summary>
public sealed class CommandLineTests
{
    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await LlumnixCommands.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static void IsOneSentence(string error)
    {
        string line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("llumnix: ", line, StringComparison.Ordinal);
        Assert.True(line[^1] is '.' or '?', line);
    }

    [Theory]
    [InlineData(2, "--prot", "--prot", "9000")]
    [InlineData(2, "--frobnicate", "serve", "--frobnicate")]
    [InlineData(2, "dance", "dance")]
    [InlineData(2, "--port", "serve", "--port")]
    [InlineData(2, "extra", "serve", "extra")]
    [InlineData(1, "abc", "--port", "abc")]
    [InlineData(1, "70000", "--port", "70000")]
    [InlineData(1, "--instances", "--instances", "0")]
    [InlineData(1, "--instances", "--instances", "-1")]
    [InlineData(1, "--device", "--device", "tpu")]
    [InlineData(1, "--dtype", "--dtype", "int3")]
    [InlineData(1, "--role", "--role", "gatway")]
    [InlineData(1, "each once", "--role", "gateway,gateway")]
    [InlineData(2, "--role", "--role")]
    [InlineData(1, "--bind", "--bind", "4053")]
    [InlineData(1, "--bind", "--bind", ":4053")]
    [InlineData(1, "99999", "--bind", "127.0.0.1:99999")]
    [InlineData(1, "0.0.0.0", "--bind", "0.0.0.0:4053")]
    [InlineData(1, "llumnix.migration.secret", "--bind", "10.0.0.5:4053")]
    [InlineData(1, "localhost", "--seed", "localhost")]
    [InlineData(1, "localhost:0", "--seed", "localhost:4053,localhost:0")]
    [InlineData(1, "--bind", "--seed", "10.0.0.5:4053")]
    [InlineData(1, "missing.hocon", "--config", "missing.hocon")]
    [InlineData(1, "llumnix.engine.block-size", "--set", "llumnix.engine.blok-size=8")]
    [InlineData(1, "key=value", "--set", "nonsense")]
    [InlineData(1, "/no/such/model", "--port", "0", "--model", "/no/such/model")]
    public async Task A_mistake_is_one_sentence_that_names_it_and_a_failing_exit(int code, string named, params string[] args)
    {
        (int exit, string output, string error) = await RunAsync(args);

        Assert.Equal(code, exit);
        IsOneSentence(error);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Equal("", output);
    }

    [Fact]
    public async Task A_mistake_in_a_file_names_file_and_line()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "llumnix.gateway {\n  prot = 9000\n}\n");
        (int exit, _, string error) = await RunAsync("--config", file);
        File.Delete(file);

        Assert.Equal(1, exit);
        IsOneSentence(error);
        Assert.Contains("line 2", error, StringComparison.Ordinal);
        Assert.Contains(file, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_known_before_the_model_is_even_looked_at()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        (int exit, string output, string error) = await RunAsync("--port", port, "--model", "/no/such/model");

        Assert.Equal(1, exit);
        IsOneSentence(error);
        Assert.Contains($"Port {port}", error, StringComparison.Ordinal);
        Assert.Equal("", output);
    }

    [Fact]
    public async Task Help_names_every_flag()
    {
        (int exit, string help, string error) = await RunAsync("serve", "--help");

        Assert.Equal((0, ""), (exit, error));
        foreach (string flag in (string[])["--model", "--instances", "--port", "--role", "--seed", "--bind", "--config", "--set", "--device", "--dtype", "--print-config"])
        {
            Assert.Contains(flag, help, StringComparison.Ordinal);
        }

        Assert.Contains("serve", (await RunAsync("--help")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_configuration_in_effect_is_printed_with_flags_over_files_and_settings_over_all()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "llumnix.gateway.port = 1111\nllumnix.instances.count = 7\n");
        (int exit, string output, string error) = await RunAsync(
            "--config", file, "--port", "2222", "--set", "llumnix.engine.token-budget=333", "--print-config");
        File.Delete(file);

        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("llumnix.gateway.port = 2222  # by --port", output, StringComparison.Ordinal);
        Assert.Contains("llumnix.instances.count = 7", output, StringComparison.Ordinal);
        Assert.Contains("llumnix.engine.token-budget = 333", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_seeds_and_address_are_given_with_commas_or_again()
    {
        (int exit, string output, string error) = await RunAsync(
            "--role", "gateway", "--role", "instance", "--seed", "localhost:1,127.0.0.2:2", "--seed", "[::1]:3", "--bind", "127.0.0.1:4053", "--print-config");

        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("llumnix.node.roles = \"gateway,instance\"  # by --role", output, StringComparison.Ordinal);
        Assert.Contains("akka.cluster.roles = [gateway, instance]", output, StringComparison.Ordinal);
        Assert.Contains(
            "akka.cluster.seed-nodes = [\"akka.tcp://llumnix@127.0.0.1:1\", \"akka.tcp://llumnix@127.0.0.2:2\", \"akka.tcp://llumnix@::1:3\"]", output, StringComparison.Ordinal);
        Assert.Contains("llumnix.node.host = 127.0.0.1  # by --bind", output, StringComparison.Ordinal);
        Assert.Contains("llumnix.node.port = 4053  # by --bind", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seeds_that_all_begin_with_a_bracket_are_a_list_too()
    {
        (int exit, string output, string error) = await RunAsync("--seed", "[::1]:3,127.0.0.1:4", "--print-config");

        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("llumnix.node.seeds = [\"[::1]:3\", \"127.0.0.1:4\"]  # by --seed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_model_or_several_are_given_by_folder_and_named_by_it_or_as_said()
    {
        (_, string one, _) = await RunAsync("--model", "mine=weights/a", "--print-config");
        (_, string several, _) = await RunAsync("--model", "weights/a.1", "--model", "mine=weights/b", "--print-config");
        (int exit, _, string error) = await RunAsync("--model", "weights/a", "--model", "other/a");

        Assert.Contains("llumnix.model.path = \"weights/a\"  # by --model", one, StringComparison.Ordinal);
        Assert.Contains("llumnix.model.name = mine  # by --model", one, StringComparison.Ordinal);
        Assert.Contains("llumnix.models.\"a.1\".path = \"weights/a.1\"  # by --model", several, StringComparison.Ordinal);
        Assert.Contains("llumnix.models.mine.path = \"weights/b\"  # by --model", several, StringComparison.Ordinal);
        Assert.Equal((1, "llumnix: --model other/a is a second model of the name a; give it another by --model NAME=other/a.\n"), (exit, error));
    }
}

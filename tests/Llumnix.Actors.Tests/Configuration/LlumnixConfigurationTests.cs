using System.Text.RegularExpressions;
using Llumnix.Actors.Configuration;
using Llumnix.Gpu.Models;
using Llumnix.Scheduling;
using Llumnix.Scheduling.Priorities;
using Llumnix.Scheduling.Queues;

namespace Llumnix.Actors.Tests.Configuration;

public sealed class LlumnixConfigurationTests
{
    [Fact]
    public void The_program_s_own_files_are_a_whole_configuration()
    {
        var configuration = LlumnixConfiguration.Load();

        Assert.Equal(4, configuration.Models[0].Instances);
        Assert.Equal("cpu", configuration.Engine.Device);
        Assert.Null(configuration.Engine.WeightType);
        Assert.Equal(NodeRoles.All, configuration.Node.Roles);
        Assert.Empty(configuration.Node.Seeds);
        Assert.Equal(TimeSpan.FromMilliseconds(20), configuration.LoadReports.ReportInterval);
        Assert.Equal(TimeSpan.FromSeconds(1), configuration.LoadReports.SuspectAfter);
        Assert.Equal(TimeSpan.FromSeconds(3), configuration.Delivery.OrphanAfter);
        Assert.Equal(["high", "normal", "low"], configuration.Priorities.Classes.Names);
        Assert.Equal(PriorityClasses.Standard.PreemptsLower, configuration.Priorities.Classes.PreemptsLower);
        Assert.Equal([88, 0, 0], Enumerable.Range(0, 3).Select(rank => configuration.Priorities.Classes.Headrooms.Of(new Priority((byte)rank), 100)));
        Assert.Equal([88, 0, 0], Enumerable.Range(0, 3).Select(rank => PriorityClasses.Standard.Headrooms.Of(new Priority((byte)rank), 100)));
        Assert.Equal(PriorityClasses.Standard.Default, configuration.Priorities.Classes.Default);
        Assert.IsType<PriorityArrivalOrder>(configuration.Queues.Order);
        Assert.Equal(8080, configuration.Gateway.Port);
        Assert.Equal(4L << 20, configuration.Gateway.MaxBody);
        Assert.Equal(Path.Combine(AppContext.BaseDirectory, "models", "stories"), Assert.Single(configuration.Models).Path);
        Assert.Equal("stories", configuration.Models[0].Name);
    }

    [Fact]
    public void Sets_lie_over_flags_over_the_environment_over_later_files_over_earlier_files()
    {
        using var folder = new TemporaryFolder();
        string first = folder.Write("first.hocon", "llumnix.engine { threads = 1, max-running = 1, max-waiting = 1, token-budget = 100, block-size = 1 }");
        string second = folder.Write("second.hocon", "llumnix { engine { max-running = 2, max-waiting = 2, token-budget = 200, block-size = 2 } }");
        Dictionary<string, string> environment = new()
        {
            ["LLUMNIX__ENGINE__MAX_WAITING"] = "3",
            ["LLUMNIX__ENGINE__TOKEN_BUDGET"] = "300",
            ["LLUMNIX__ENGINE__BLOCK_SIZE"] = "4",
            ["PATH"] = "/bin",
        };

        var engine = LlumnixConfiguration.Load(
            [first, second],
            ["llumnix.engine.block-size=16"],
            [new ConfigurationFlag("--token-budget", "llumnix.engine.token-budget", "400"), new ConfigurationFlag("--b", "llumnix.engine.prefix-caching", "off")],
            environment).Engine;

        Assert.Equal((1, 2, 3, 400, 16, false), (engine.Threads, engine.MaxRunning, engine.MaxWaiting, engine.TokenBudget, engine.BlockSize, engine.PrefixCaching));
    }

    [Fact]
    public void Every_kind_of_value_is_read_in_its_unit()
    {
        var configuration = Sets(
            "llumnix.engine.dtype=bfloat16", "llumnix.engine.kv-memory=1.5 GiB", "llumnix.engine.device=cuda:1", "llumnix.dispatch.spread=2.5",
            "llumnix.delivery.resume-window=2m", "llumnix.node.roles=gateway, manager", "llumnix.node.seeds=[\"a.example:4053\", \"10.0.0.2:4053\"]",
            "llumnix.node.host=10.0.0.3", "llumnix.migration.secret=word", "llumnix.gateway.bind=*", "llumnix.gateway.max-body=2MB");

        Assert.Equal(WeightType.BF16, configuration.Engine.WeightType);
        Assert.Equal(3L << 29, configuration.Engine.KvMemory);
        Assert.Equal("cuda:1", configuration.Engine.Device);
        Assert.Equal(2.5, configuration.Dispatch.Spread);
        Assert.Equal(TimeSpan.FromMinutes(2), configuration.Delivery.ResumeWindow);
        Assert.Equal([NodeRoles.Gateway, NodeRoles.Manager], configuration.Node.Roles);
        Assert.False(configuration.Node.IsInstance);
        Assert.Equal(["akka.tcp://llumnix@a.example:4053", "akka.tcp://llumnix@10.0.0.2:4053"], configuration.Node.Seeds.Select(seed => seed.ToString()));
        Assert.Equal("*", configuration.Gateway.Bind);
        Assert.Equal(2_000_000, configuration.Gateway.MaxBody);
    }

    [Theory]
    [InlineData("llumnix.engine.blok-size=16", "llumnix.engine.blok-size (by --set) is not a key of the configuration; did you mean llumnix.engine.block-size?")]
    [InlineData("engine.device=cpu", "engine.device (by --set) is not a key of the configuration; did you mean llumnix.engine.device?")]
    [InlineData("colour=red", "colour (by --set) is not a key of the configuration; all keys stand in the files of the folder hocon beside the program.")]
    [InlineData("llumnix.engine=cpu", "llumnix.engine is cpu (by --set), but llumnix.engine is a section; set its keys, such as llumnix.engine.block-size.")]
    [InlineData("llumnix.node.port.x=1", "llumnix.node.port.x (by --set) is not a key of the configuration; did you mean llumnix.node.port?")]
    [InlineData("llumnix.gateway.port=99999", "llumnix.gateway.port is 99999 (by --set); it must be auto or a whole number from 0 to 65535.")]
    [InlineData("llumnix.gateway.port=many", "llumnix.gateway.port is many (by --set); it must be auto or a whole number from 0 to 65535.")]
    [InlineData("llumnix.gateway.port=[1]", "llumnix.gateway.port is [1] (by --set); it must be one plain value.")]
    [InlineData("llumnix.gateway.bind=here!", "llumnix.gateway.bind is \"here!\" (by --set); it must be localhost, an IP address of this machine, or * for all its addresses.")]
    [InlineData("llumnix.engine.kv-memory=4", "llumnix.engine.kv-memory is 4 (by --set); it must be auto or a size with its unit (B, kB, KiB, MB, MiB, GB, GiB, TB, TiB) from 1B to 1024TiB.")]
    [InlineData("llumnix.gateway.api-keys=a,,b", "llumnix.gateway.api-keys is \"a,,b\" (by --set); it must have no empty item.")]
    [InlineData("llumnix.engine.threads=0", "llumnix.engine.threads is 0 (by --set); it must be auto or a whole number from 1 to 1024.")]
    [InlineData("llumnix.engine.block-size=12", "llumnix.engine.block-size is 12 (by --set); it must be a power of two from 1 to 256.")]
    [InlineData("llumnix.engine.device=gpu", "llumnix.engine.device is gpu (by --set); it must be cpu, cuda, cuda:N (N from 0) or auto.")]
    [InlineData("llumnix.engine.device=", "llumnix.engine.device is \"\" (by --set); it must not be empty.")]
    [InlineData("llumnix.engine.dtype=int8", "llumnix.engine.dtype is int8 (by --set); it must be auto, float32, float16 or bfloat16.")]
    [InlineData("llumnix.engine.watermark=NaN", "llumnix.engine.watermark is NaN (by --set); it must be a number from 0 to 0.5.")]
    [InlineData("llumnix.engine.prefix-caching=maybe", "llumnix.engine.prefix-caching is maybe (by --set); it must be on or off.")]
    [InlineData("llumnix.engine.token-budget=8", "llumnix.engine.token-budget is 8 (by --set) and llumnix.engine.max-running is 64 (in hocon/engine.hocon, line N); a step must have a token for each running request, so the budget must be at least as large.")]
    [InlineData("llumnix.load.report-interval=20", "llumnix.load.report-interval is 20 (by --set); it must be a time with its unit (us, ms, s, m, h, d) from 1ms to 10m.")]
    [InlineData("llumnix.load.report-interval=3s", "llumnix.load.report-interval is 3s (by --set) and llumnix.load.heartbeat-interval is 200ms (in hocon/scheduling.hocon, line N); the first must not exceed the second.")]
    [InlineData("llumnix.load.suspect-after=250ms", "llumnix.load.suspect-after is 250ms (by --set) and llumnix.load.heartbeat-interval is 200ms (in hocon/scheduling.hocon, line N); the first must be at least twice the second, or one late report makes a suspect.")]
    [InlineData("llumnix.delivery.resume-window=1s", "llumnix.delivery.resume-window is 1s (by --set) and llumnix.delivery.orphan-after is 3s (in hocon/delivery.hocon, line N); the first must not be shorter: a request ends only after it was paused.")]
    [InlineData("llumnix.dispatch.policy=fastest", "llumnix.dispatch.policy is fastest (by --set); it must be freeness, late-binding, least-kv, least-requests, power-of-two, round-robin or vllm.")]
    [InlineData("llumnix.rebalance.policy=fair", "llumnix.rebalance.policy is fair (by --set); it must be balanced-pairs, freeness-pairs or none.")]
    [InlineData("llumnix.rebalance.destination-above=5", "llumnix.rebalance.destination-above is 5 (by --set) and llumnix.rebalance.source-below is 10 (in hocon/scheduling.hocon, line N); the first must be at least the second, or requests go round in circles.")]
    [InlineData("llumnix.migration.request-choice=any", "llumnix.migration.request-choice is any (by --set); it must be first-waiting, last-come, longest or shortest.")]
    [InlineData("llumnix.queue.order=fair", "llumnix.queue.order is fair (by --set); it must be priority-arrival or shortest-prompt-first.")]
    [InlineData("llumnix.priorities.classes=[a, b, a]", "llumnix.priorities.classes is [a, b, a] (by --set); it must be a list of 1 to 16 names, each once, of small letters, digits and dashes, and none of them classes or default.")]
    [InlineData("llumnix.priorities.classes=[gold, silver]", "llumnix.priorities.default is normal (in hocon/scheduling.hocon, line N) and llumnix.priorities.classes is [gold, silver] (by --set); the first must be one of the second.")]
    [InlineData("llumnix.priorities.high.headroom=-1", "llumnix.priorities.high.headroom is -1 (by --set); it must be auto or a whole number from 0 to 2147483647.")]
    [InlineData("llumnix.priorities.high.target-load=120%", "llumnix.priorities.high.target-load is \"120%\" (by --set); it must be a share of an instance's blocks from 0% to 100%, or a whole number of blocks.")]
    [InlineData("llumnix.priorities.urgent.headroom=4", "llumnix.priorities.urgent.headroom (by --set) is not a key of the configuration; did you mean llumnix.priorities.high.headroom?")]
    [InlineData("llumnix.node.roles=gateway,cook", "llumnix.node.roles is \"gateway,cook\" (by --set); it must be a list of one or more of gateway, instance, manager, each once.")]
    [InlineData("llumnix.node.host=0.0.0.0", "llumnix.node.host is 0.0.0.0 (by --set); it must be one address or name under which other nodes reach this one.")]
    [InlineData("llumnix.node.seeds=nowhere", "llumnix.node.seeds is nowhere (by --set); it must be a list of host:port, but nowhere is none.")]
    [InlineData("llumnix.node.seeds=10.0.0.1:4053", "llumnix.node.seeds is \"10.0.0.1:4053\" (by --set) and llumnix.node.host is 127.0.0.1 (in hocon/node.hocon, line N); a seed on another machine cannot reach this node there, so give an address of this machine that it can, such as --bind 10.0.0.5:4053.")]
    [InlineData("llumnix.node.host=10.0.0.1", "llumnix.migration.secret is \"\" (in hocon/migration.hocon, line N); it must be a word that all nodes of the cluster share, because llumnix.node.host is 10.0.0.1 and others can reach it.")]
    [InlineData("llumnix.migration.reservation-timeout=2s", "llumnix.migration.reservation-timeout is 2s (by --set) and llumnix.migration.retry-interval is 200ms (in hocon/migration.hocon, line N); the first must be longer than the second times max-tries, or a reservation lapses while its source still asks.")]
    [InlineData("llumnix.instances.count=0", "llumnix.instances.count is 0 (by --set); it must be a whole number from 1 to 1024.")]
    [InlineData("akka.remote.dot-netty.tcp.port=1", "akka.remote.dot-netty.tcp.port is 1 (by --set), but it follows from llumnix.node.port; set that instead.")]
    [InlineData("llumnix.engine.device", "--set llumnix.engine.device is no setting; write --set key=value, such as --set llumnix.engine.device=cuda.")]
    [InlineData("llumnix..x=1", "\"llumnix..x\" (by --set) is no key; a key is words with dots between them, such as llumnix.engine.device.")]
    [InlineData("llumnix.node.roles=[gateway", "llumnix.node.roles is [gateway (by --set): the list of llumnix.node.roles is never closed.")]
    [InlineData("llumnix.node.roles=[gateway] x", "llumnix.node.roles is [gateway] x (by --set): 'x' stands after the value's end.")]
    [InlineData("llumnix.engine={ device = cpu }", "llumnix.engine is given a whole section (by --set); give each of its keys on its own.")]
    public void A_wrong_setting_is_one_sentence(string set, string sentence)
    {
        string said = Assert.Throws<ConfigurationException>(() => Sets(set)).Message;

        Assert.Equal(sentence, Regex.Replace(said, "(hocon, line) [0-9]+", "$1 N"));
    }

    [Fact]
    public void Blocks_and_bytes_of_KV_memory_are_not_both_given()
    {
        Assert.Equal(
            "llumnix.engine.blocks is 100 (by --set) and llumnix.engine.kv-memory is 1GiB (by --set); give one of them and leave the other auto.",
            Assert.Throws<ConfigurationException>(() => Sets("llumnix.engine.blocks=100", "llumnix.engine.kv-memory=1GiB")).Message);
    }

    [Fact]
    public void Localhost_and_127_0_0_1_are_one_node()
    {
        var node = Sets("llumnix.node.host=localhost", "llumnix.node.seeds=localhost:4053").Node;

        Assert.Equal("127.0.0.1", node.Host);
        Assert.Equal("akka.tcp://llumnix@127.0.0.1:4053", Assert.Single(node.Seeds).ToString());
    }

    [Fact]
    public void A_node_without_a_gateway_takes_any_free_port_for_health_and_metrics()
    {
        Assert.Equal(0, Sets("llumnix.node.roles=instance,manager").Gateway.Port);
        Assert.Equal(9000, Sets("llumnix.node.roles=instance", "llumnix.gateway.port=9000").Gateway.Port);
    }

    [Fact]
    public void A_flag_and_a_set_that_contradict_each_other_are_refused()
    {
        var flag = new ConfigurationFlag("--port", "llumnix.gateway.port", "1");

        Assert.Equal(
            "llumnix.gateway.port is 1 by --port and 2 by --set; give it once.",
            Assert.Throws<ConfigurationException>(() => LlumnixConfiguration.Load(sets: ["llumnix.gateway.port=2"], flags: [flag])).Message);
        Assert.Equal(1, LlumnixConfiguration.Load(sets: ["llumnix.gateway.port=1"], flags: [flag]).Gateway.Port);
    }

    [Fact]
    public void A_wrong_variable_of_the_environment_is_named()
    {
        Assert.Equal(
            "llumnix.engine.threads is x (by the variable LLUMNIX__ENGINE__THREADS); it must be auto or a whole number from 1 to 1024.",
            Assert.Throws<ConfigurationException>(() => LlumnixConfiguration.Load(environment: [new("LLUMNIX__ENGINE__THREADS", "x")])).Message);
    }

    [Fact]
    public void A_wrong_value_in_a_file_is_named_with_its_line()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("my.hocon", "llumnix {\n  gateway.port = none\n}");

        Assert.Equal(
            $"llumnix.gateway.port is none (in {file}, line 2); it must be auto or a whole number from 0 to 65535.",
            Assert.Throws<ConfigurationException>(() => LlumnixConfiguration.Load([file])).Message);
    }

    [Fact]
    public void An_empty_section_is_refused_only_where_there_is_none()
    {
        using var folder = new TemporaryFolder();
        string known = folder.Write("known.hocon", "llumnix.engine {}"), unknown = folder.Write("unknown.hocon", "llumnix.engines {}");

        Assert.Equal("cpu", LlumnixConfiguration.Load([known]).Engine.Device);
        Assert.StartsWith(
            $"llumnix.engines (in {unknown}, line 1) is not a key of the configuration;",
            Assert.Throws<ConfigurationException>(() => LlumnixConfiguration.Load([unknown])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        Assert.Equal(
            "The configuration file nowhere/my.hocon cannot be read: there is no such file.",
            Assert.Throws<ConfigurationException>(() => LlumnixConfiguration.Load(["nowhere/my.hocon"])).Message);
    }

    [Fact]
    public void A_folder_is_no_configuration_file()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(
            $"The configuration file {folder.Path} cannot be read: it is a folder.",
            Assert.Throws<ConfigurationException>(() => LlumnixConfiguration.Load([folder.Path])).Message);
    }

    [Fact]
    public void A_relative_model_path_is_taken_from_its_file_or_from_the_current_folder()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("my.hocon", "llumnix.model.path = \"weights/llama\"");

        Assert.Equal(Path.Combine(folder.Path, "weights", "llama"), LlumnixConfiguration.Load([file]).Models[0].Path);
        Assert.Equal(Path.Combine(Environment.CurrentDirectory, "llama"), Sets("llumnix.model.path=llama/").Models[0].Path);
        Assert.Equal("mine", Sets("llumnix.model.path=llama", "llumnix.model.name=mine").Models[0].Name);
    }

    [Fact]
    public void What_is_described_can_be_read_again_and_describes_itself()
    {
        using var folder = new TemporaryFolder();
        string[] sets = ["llumnix.engine.block-size=32", "llumnix.model.path=/models/a \"b\" \\c", "llumnix.node.seeds=[\"127.0.0.2:1\"]", "llumnix.delivery.ack-interval=7 ms"];
        var lines = Sets(sets).Describe().Split('\n').Where(line => line.StartsWith("llumnix.", StringComparison.Ordinal)).ToList();
        string file = folder.Write("again.hocon", string.Join('\n', lines));

        var again = LlumnixConfiguration.Load([file]);

        Assert.Equal(again.Keys, lines.Select(line => line[..line.IndexOf(' ', StringComparison.Ordinal)]));
        Assert.Equal(lines.Select(WithoutOrigin), again.Describe().Split('\n').Where(line => line.StartsWith("llumnix.", StringComparison.Ordinal)).Select(WithoutOrigin));
        Assert.Contains("llumnix.engine.block-size = 32  # by --set", lines);
        Assert.Contains(lines, line => line.StartsWith("llumnix.engine.device = cpu  # in hocon/engine.hocon, line ", StringComparison.Ordinal));

        static string WithoutOrigin(string line) => line[..line.LastIndexOf("  # ", StringComparison.Ordinal)];
    }

    [Fact]
    public void What_is_described_hides_the_keys_of_clients()
    {
        Assert.DoesNotContain("s3cret", Sets("llumnix.gateway.api-keys=s3cret").Describe(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llumnix.engine.blocks=77", 100, 1 << 20, 77)]
    [InlineData("llumnix.engine.kv-memory=1MiB", 4096, 1L << 40, 256)]
    [InlineData("llumnix.engine.kv-memory=auto", 4096, 1L << 40, 16 * 64)]
    [InlineData("llumnix.engine.kv-memory=auto", 4096, 16 * 4096 * 10, 10)]
    public void Blocks_are_as_configured_or_fill_the_bytes_or_hold_16_contexts(string set, long bytesPerBlock, long freeBytes, int blocks)
    {
        Assert.Equal(blocks, Sets(set).Engine.BlocksFor(bytesPerBlock, maxContext: 1020, freeBytes, instances: 4));
    }

    [Fact]
    public void KV_memory_that_holds_no_block_is_refused()
    {
        Assert.Equal(
            "llumnix.engine.kv-memory is 1024 bytes, but one block of this model takes 4096; give it more.",
            Assert.Throws<ConfigurationException>(() => Sets("llumnix.engine.kv-memory=1KiB").Engine.BlocksFor(4096, 1024, 1 << 30, 4)).Message);
    }

    [Fact]
    public void Cores_are_shared_out_among_instances_unless_threads_are_given()
    {
        Assert.Equal([4, 1, 1], new[] { 16, 4, 2 }.Select(cores => Sets().Engine.ThreadsOn(cores, instances: 4)));
        Assert.Equal(3, Sets("llumnix.engine.threads=3").Engine.ThreadsOn(64, instances: 4));
    }

    [Fact]
    public void Several_models_stand_in_sections_by_their_names_each_with_its_folder()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("my.hocon", "llumnix { models { \"org/big.1\" { path = big }, small { path = \"/models/small/\", instances = 0 } }, instances.count = 3 }");

        var models = LlumnixConfiguration.Load([file]).Models;

        Assert.Equal(
            [("org/big.1", Path.Combine(folder.Path, "big"), 3), ("small", "/models/small", 0)],
            models.Select(model => (model.Name, model.Path, model.Instances)));
    }

    [Fact]
    public void A_model_has_the_common_bounds_and_band_unless_it_has_its_own()
    {
        var models = Sets(
            "llumnix.models.a.path=a", "llumnix.models.b.path=b", "llumnix.models.b.min-instances=2", "llumnix.models.b.max-instances=3",
            "llumnix.models.b.scale-up-below=-1.5", "llumnix.models.b.scale-down-above=4", "llumnix.scaling.max-instances=5", "llumnix.scaling.scale-up-after=3s").Models;

        Assert.Equal((1, 5, 10, 60), (models[0].Scaling.MinInstances, models[0].Scaling.MaxInstances, models[0].Scaling.ScaleUpBelow, models[0].Scaling.ScaleDownAbove));
        Assert.Equal((2, 3, -1.5, 4), (models[1].Scaling.MinInstances, models[1].Scaling.MaxInstances, models[1].Scaling.ScaleUpBelow, models[1].Scaling.ScaleDownAbove));
        Assert.All(models, model => Assert.Equal(TimeSpan.FromSeconds(3), model.Scaling.ScaleUpAfter));
    }

    [Theory]
    [InlineData("llumnix.scaling.launcher=magic", "llumnix.scaling.launcher is magic (by --set); it must be none or in-process.")]
    [InlineData("llumnix.scaling.min-instances=9", "llumnix.scaling.min-instances is 9 (by --set) and llumnix.scaling.max-instances is 8 (in hocon/scaling.hocon, line N); the first must not exceed the second.")]
    [InlineData("llumnix.scaling.scale-up-below=60", "llumnix.scaling.scale-up-below is 60 (by --set) and llumnix.scaling.scale-down-above is 60 (in hocon/scaling.hocon, line N); the first must be below the second.")]
    [InlineData("llumnix.models.a.path=x llumnix.models.a.min-instances=9", "llumnix.models.a.min-instances is 9 (by --set) and llumnix.scaling.max-instances is 8 (in hocon/scaling.hocon, line N); the first must not exceed the second.")]
    [InlineData("llumnix.scaling.retry-after=6m", "llumnix.scaling.retry-after is 6m (by --set) and llumnix.scaling.retry-after-most is 5m (in hocon/scaling.hocon, line N); the first must not exceed the second.")]
    public void Scaling_that_cannot_be_is_refused_with_one_sentence(string sets, string sentence) => Assert.Equal(
        sentence,
        Regex.Replace(Assert.Throws<ConfigurationException>(() => Sets(sets.Split(' '))).Message, "line [0-9]+", "line N"));

    [Theory]
    [InlineData("llumnix.models.a.pth=x", "The model a has no folder; set llumnix.models.a.path.")]
    [InlineData("llumnix.models.a.path=x llumnix.models.a.instnces=2", "llumnix.models.a.instnces (by --set) is not a key of the configuration; did you mean llumnix.models.a.instances?")]
    [InlineData("llumnix.models.a.path=x llumnix.models.a.instances=-1", "llumnix.models.a.instances is -1 (by --set); it must be a whole number from 0 to 1024.")]
    [InlineData("llumnix.models.a=x", "The model a has no folder; set llumnix.models.a.path.")]
    [InlineData("llumnix.models=x", "llumnix.models is x (by --set); it must be a section, with a section for each name.")]
    [InlineData("llumnix.models.a.path=x llumnix.model.path=y", "llumnix.model.path is y (by --set) and llumnix.models.a.path is x (by --set); give the one model or the section of several, not both.")]
    public void Models_that_cannot_be_are_refused_with_one_sentence(string sets, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<ConfigurationException>(() => Sets(sets.Split(' '))).Message);

    private static LlumnixConfiguration Sets(params string[] sets) => LlumnixConfiguration.Load(sets: sets);

    [Fact]
    public void Priority_classes_may_be_others_with_headrooms_in_blocks_or_above_a_target_load()
    {
        var classes = LlumnixConfiguration.Load(sets:
        [
            "llumnix.priorities.classes=[gold, silver, high, scrap]", "llumnix.priorities.default=silver", "llumnix.priorities.gold.headroom=30",
            "llumnix.priorities.gold.preempts-lower=on", "llumnix.priorities.silver.target-load=40",
        ]).Priorities.Classes;

        Assert.Equal(["gold", "silver", "high", "scrap"], classes.Names);
        Assert.Equal([30, 60, 88, 0], Enumerable.Range(0, 4).Select(rank => classes.Headrooms.Of(new Priority((byte)rank), 100)));
        Assert.Equal([true, false, true, false], classes.PreemptsLower);
        Assert.Equal("silver", classes.NameOf(classes.Default));
    }

    [Fact]
    public void A_class_that_is_not_there_has_no_settings() => Assert.Equal(
        "llumnix.priorities.low.headroom is 3 (by --set) and llumnix.priorities.classes is [normal] (by --set); low must be one of the classes to have it.",
        Assert.Throws<ConfigurationException>(() => LlumnixConfiguration.Load(
            sets: ["llumnix.priorities.classes=[normal]", "llumnix.priorities.low.headroom=3"])).Message);
}

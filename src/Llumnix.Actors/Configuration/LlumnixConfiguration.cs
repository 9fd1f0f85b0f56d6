using System.Text;
using Akka.Configuration;
using Llumnix.Actors.Launching;

namespace Llumnix.Actors.Configuration;

/// <summary>
/// The whole configuration of one node, checked. It is read from the files of the folder <c>hocon</c> beside the program; over them, each
/// over those before, lie files, <c>LLUMNIX__</c> variables of the environment, flags and single settings.
/// </summary>
public sealed class LlumnixConfiguration
{
    private const string VariablePrefix = "LLUMNIX__";

    private readonly SettingTable _table;

    private LlumnixConfiguration(SettingTable table)
    {
        var settings = new SettingReader(table);
        _table = table;
        Node = NodeOptions.Read(settings);
        Sharding = ShardingOptions.Read(settings);
        Models = ModelOptions.Read(settings);
        Engine = EngineOptions.Read(settings);
        Dispatch = DispatchOptions.Read(settings);
        Priorities = PriorityOptions.Read(settings);
        Queues = QueueOptions.Read(settings);
        Rebalance = RebalanceOptions.Read(settings);
        LoadReports = LoadReportOptions.Read(settings);
        Delivery = DeliveryOptions.Read(settings);
        Migration = MigrationSettings.Read(settings, Node);
        Scaling = ScalingOptions.Read(settings);
        Gateway = GatewayOptions.Read(settings, Node);
        Logging = LoggingOptions.Read(settings);
        settings.RefuseUnknown();
        Keys = settings.Known;
        AkkaSettings.Derive(table, Node, Logging);
        Akka = AkkaSettings.ToConfig(table);
    }

    public NodeOptions Node { get; }

    public ShardingOptions Sharding { get; }

    /// <summary>What the cluster serves, at least one.</summary>
    public IReadOnlyList<ModelOptions> Models { get; }

    public EngineOptions Engine { get; }

    public DispatchOptions Dispatch { get; }

    public PriorityOptions Priorities { get; }

    public QueueOptions Queues { get; }

    public RebalanceOptions Rebalance { get; }

    public LoadReportOptions LoadReports { get; }

    public DeliveryOptions Delivery { get; }

    public MigrationSettings Migration { get; }

    public ScalingOptions Scaling { get; }

    public GatewayOptions Gateway { get; }

    public LoggingOptions Logging { get; }

    /// <summary>
    /// Instances that share this node's cores and memory when all are there that may be: those it starts with, or all that scaling may add.
    /// </summary>
    internal int InstancesSharingNode
    {
        get
        {
            int first = Models.Sum(model => model.Instances);
            return Scaling.Launcher == Launchers.InProcess ? Math.Max(first, Models.Sum(model => model.Scaling.MaxInstances)) : first;
        }
    }

    /// <summary>What the actor system is made with, named <see cref="NodeOptions.SystemName"/>.</summary>
    public Config Akka { get; }

    /// <summary>Every key there is outside <c>akka</c>, sorted.</summary>
    internal IReadOnlyCollection<string> Keys { get; }

    /// <summary>Reads and checks everything.</summary>
    /// <param name="files">Files over the defaults, a later one over an earlier one.</param>
    /// <param name="sets"><c>key=value</c>, over all else.</param>
    /// <param name="flags">Flags that stand for keys.</param>
    /// <param name="environment">
    /// The environment's variables; those that begin with <c>LLUMNIX__</c> are settings: two underscores are a dot, one is a dash, so
    /// <c>LLUMNIX__ENGINE__BLOCK_SIZE</c> is <c>llumnix.engine.block-size</c>. Null reads none.
    /// </param>
    /// <exception cref="ConfigurationException">Something is wrong: one sentence with key, value, place and what would be right.</exception>
    public static LlumnixConfiguration Load(
        IReadOnlyList<string>? files = null,
        IReadOnlyList<string>? sets = null,
        IReadOnlyList<ConfigurationFlag>? flags = null,
        IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        var table = new SettingTable();
        foreach (string file in DefaultFiles()) PutFile(table, file, $"hocon/{Path.GetFileName(file)}");
        foreach (string file in files ?? []) PutFile(table, file, file);

        string current = Environment.CurrentDirectory;
        foreach (var (name, value) in (environment ?? []).OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(VariablePrefix, StringComparison.Ordinal)) continue;
            string key = name.ToLowerInvariant().Replace("__", ".", StringComparison.Ordinal).Replace('_', '-');
            table.Put(HoconReader.ReadPair(key, value, new SettingOrigin($"by the variable {name}", current)));
        }

        foreach (var flag in flags ?? []) table.Put(HoconReader.ReadPair(flag.Key, flag.Value, new SettingOrigin($"by {flag.Name}", current)));
        foreach (string set in sets ?? [])
        {
            int equals = set.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw new ConfigurationException($"--set {set} is no setting; write --set key=value, such as --set llumnix.engine.device=cuda.");
            var setting = HoconReader.ReadPair(set[..equals], set[(equals + 1)..], new SettingOrigin("by --set", current));
            if ((flags ?? []).FirstOrDefault(flag => flag.Key == setting.Key) is { } flag && flag.Value != setting.Text)
                throw new ConfigurationException($"{setting.Key} is {flag.Value} by {flag.Name} and {setting.Value} by --set; give it once.");
            table.Put(setting);
        }

        return new LlumnixConfiguration(table);
    }

    /// <summary>Whether instances of a model run on this node, or may be added to it.</summary>
    internal bool NeedsWeights(ModelOptions model) => Node.IsInstance && (model.Instances > 0 || Scaling.Launcher == Launchers.InProcess);

    /// <summary>
    /// The configuration in effect as HOCON, a key a line, sorted, with where each value was written; keys of clients and the cluster's secret are not shown.
    /// </summary>
    public string Describe()
    {
        var text = new StringBuilder();
        foreach (var setting in _table.All.OrderBy(setting => setting.Key, StringComparer.Ordinal))
        {
            bool secret = (setting.Key == GatewayOptions.ApiKeysKey && setting.Items is not []) || (setting.Key == MigrationSettings.SecretKey && setting.Text is not "");
            text.Append(setting.Key).Append(" = ").Append(secret ? "[\"(hidden)\"]" : setting.Value).Append("  # ").Append(setting.Origin).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<string> DefaultFiles()
    {
        string folder = SettingOrigin.DefaultFolder;
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.hocon") : [];
        return files.Length > 0
            ? files.Order(StringComparer.Ordinal)
            : throw new ConfigurationException($"The default configuration is missing: {folder} should hold the program's *.hocon files.");
    }

    private static void PutFile(SettingTable table, string file, string name)
    {
        string text, folder;
        try
        {
            text = File.ReadAllText(file);
            folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : Directory.Exists(file) ? "it is a folder" : e.Message.TrimEnd('.');
            throw new ConfigurationException($"The configuration file {name} cannot be read: {why}.", e);
        }

        foreach (var setting in HoconReader.Read(text, name, folder)) table.Put(setting);
    }
}

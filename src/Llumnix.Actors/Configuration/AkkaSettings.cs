using Akka.Configuration.Hocon;
using Microsoft.Extensions.Logging;
using Config = Akka.Configuration.Config;

namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>akka</c>: settings as written, plus those that follow from ours.</summary>
internal static class AkkaSettings
{
    public const string Root = "akka";

    /// <summary>Keys that are derived, each with the key of ours it follows from.</summary>
    private static readonly (string Key, string Ours)[] Derived =
    [
        ("akka.remote.dot-netty.tcp.hostname", "llumnix.node.host"),
        ("akka.remote.dot-netty.tcp.port", "llumnix.node.port"),
        ("akka.cluster.roles", "llumnix.node.roles"),
        ("akka.cluster.seed-nodes", "llumnix.node.seeds"),
        ("akka.loglevel", "llumnix.logging.level"),
        ("akka.coordinated-shutdown.phases.service-requests-done.timeout", "llumnix.node.drain-timeout"),
    ];

    /// <summary>Adds the derived settings.</summary>
    /// <exception cref="ConfigurationException">One of them is set directly.</exception>
    public static void Derive(SettingTable table, NodeOptions node, LoggingOptions logging)
    {
        foreach (var (key, ours) in Derived)
        {
            if (table.Find(key) is { } direct) throw new ConfigurationException($"{key} is {direct.Value} ({direct.Origin}), but it follows from {ours}; set that instead.");
        }

        var least = logging.Level < logging.LibraryLevel ? logging.Level : logging.LibraryLevel;
        Put(table, 0, node.Host);
        Put(table, 1, node.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Put(table, 2, node.Roles);
        Put(table, 3, [.. node.Seeds.Select(seed => seed.ToString())]);
        // Longer than what it waits for, so that the one who waits can say so.
        Put(table, 5, (node.DrainTimeout + TimeSpan.FromSeconds(2)).TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture) + "s");
        Put(table, 4, least switch { LogLevel.Debug => "DEBUG", LogLevel.Information => "INFO", LogLevel.Warning => "WARNING", _ => "ERROR" });
    }

    /// <summary>The section as Akka wants it, with <c>akka</c> at its root.</summary>
    public static Config ToConfig(SettingTable table)
    {
        var root = new HoconValue();
        root.NewValue(new HoconObject());
        foreach (var setting in table.All.Where(setting => setting.Path[0] == Root))
        {
            var value = root;
            foreach (string segment in setting.Path)
            {
                value = value.GetObject().GetOrCreateKey(segment);
                if (!value.IsObject()) value.NewValue(new HoconObject());
            }

            if (setting.Text is { } text)
            {
                value.NewValue(new HoconLiteral { Value = text });
            }
            else if (setting.Items is { } items)
            {
                var array = new HoconArray();
                foreach (string item in items)
                {
                    var element = new HoconValue();
                    element.NewValue(new HoconLiteral { Value = item });
                    array.Add(element);
                }

                value.NewValue(array);
            }
        }

        return new Config(new HoconRoot(root));
    }

    private static void Put(SettingTable table, int derived, string text) => table.Put(Make(derived, text, null));

    private static void Put(SettingTable table, int derived, IReadOnlyList<string> items) => table.Put(Make(derived, null, items));

    private static Setting Make(int derived, string? text, IReadOnlyList<string>? items) =>
        new(Derived[derived].Key.Split('.'), text, items, new SettingOrigin($"from {Derived[derived].Ours}", ""));
}

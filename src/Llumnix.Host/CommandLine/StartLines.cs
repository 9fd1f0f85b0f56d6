using System.Globalization;
using System.Reflection;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Gpu.Models;

namespace Llumnix.Host.CommandLine;

/// <summary>What a started node tells the person who started it.</summary>
internal static class StartLines
{
    public static string Version { get; } =
        typeof(StartLines).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <param name="url">Where the gateway listens; null on a node without one.</param>
    public static IEnumerable<string> Of(LlumnixConfiguration configuration, LlumnixNode node, string? url)
    {
        LoadedModel model = node.Models.Values.First();
        ModelConfig shape = model.Folder.Config;
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"Llumnix {Version} serves {model.Name} ({shape.Family}, {shape.Layers} layers, context {shape.MaxPositions}) from {model.Folder.Path}.");
        foreach (string note in model.Folder.Notes) yield return note;
        if (configuration.Node.IsInstance)
        {
            int count = configuration.Engine.Instances;
            yield return string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "instance runs" : "instances run")} here on {configuration.Engine.Device}.");
        }

        if (configuration.Node.Seeds.Count > 0) yield return $"This node is {node.Address.Host}:{node.Address.Port} of its cluster.";
        if (url is null) yield break;
        yield return $"Open {url} or try:";
        yield return $"  curl -N {url}/v1/completions -d '{{\"prompt\": \"Once upon a time\", \"max_tokens\": 100, \"stream\": true}}'";
    }
}

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

    /// <param name="url">Where the node answers HTTP.</param>
    public static IEnumerable<string> Of(LlumnixConfiguration configuration, LlumnixNode node, string url)
    {
        foreach (LoadedModel model in node.Models)
        {
            ModelConfig shape = model.Folder.Config;
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Llumnix {Version} serves {model.Name} ({shape.Family}, {shape.Layers} layers, context {shape.MaxPositions}) from {model.Folder.Path}.");
            foreach (string note in model.Folder.Notes) yield return note;
        }

        if (configuration.Node.IsInstance)
        {
            int count = configuration.Models.Sum(model => model.Instances);
            yield return string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "instance runs" : "instances run")} here on {configuration.Engine.Device}.");
        }

        yield return $"Other processes join with --seed {node.Address.Host}:{node.Address.Port} --port 0.";
        if (!configuration.Node.IsGateway)
        {
            yield return $"Health: {url}/health/ready";
            yield return $"Metrics: {url}/metrics";
            yield break;
        }

        yield return $"Open {url} or try:";
        yield return $"  curl -N {url}/v1/completions -d '{{\"prompt\": \"Once upon a time\", \"max_tokens\": 100, \"stream\": true}}'";
    }
}

using Llumnix.Gpu.Engine;
using Llumnix.Gpu.Loading;

namespace Llumnix.Actors.Cluster;

/// <summary>A model that a node serves.</summary>
/// <param name="Name">The name clients ask for.</param>
/// <param name="Folder">Tokenizer, chat template, shape and defaults.</param>
/// <param name="Created">When this node began to serve it.</param>
public sealed record LoadedModel(string Name, ModelFolder Folder, DateTimeOffset Created)
{
    /// <summary>What it says about prompts and outputs.</summary>
    internal OutputRules Rules { get; } = new(Folder.Config.VocabularySize, Folder.Config.MaxPositions, Folder.EndTokenIds, Folder.Tokenizer);
}

namespace Llumnix.Host.Tests.Serving;

/// <summary>The same node with the bundled model: real weights, real tokenizer.</summary>
public sealed class BundledNode : ServingNode
{
    protected override string ModelPath => Path.Combine(AppContext.BaseDirectory, "models", "stories");

    protected override int BlockCount => 600;
}

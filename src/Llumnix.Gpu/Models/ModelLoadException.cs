namespace Llumnix.Gpu.Models;

/// <summary>A model folder cannot be served; the message is one sentence for the person who named the folder.</summary>
public sealed class ModelLoadException : Exception
{
    public ModelLoadException()
    {
    }

    public ModelLoadException(string message)
        : base(message)
    {
    }

    public ModelLoadException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

namespace Llumnix.Actors.Configuration;

/// <summary>A key, value, flag or file of the configuration is wrong; the message is one sentence for the person who wrote it.</summary>
public sealed class ConfigurationException : Exception
{
    public ConfigurationException()
    {
    }

    public ConfigurationException(string message)
        : base(message)
    {
    }

    public ConfigurationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

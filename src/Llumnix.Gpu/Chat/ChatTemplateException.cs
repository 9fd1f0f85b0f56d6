namespace Llumnix.Gpu.Chat;

/// <summary>A conversation does not fit the model's chat template; the message is one sentence for the one who sent it.</summary>
public sealed class ChatTemplateException : Exception
{
    public ChatTemplateException()
    {
    }

    public ChatTemplateException(string message)
        : base(message)
    {
    }

    public ChatTemplateException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

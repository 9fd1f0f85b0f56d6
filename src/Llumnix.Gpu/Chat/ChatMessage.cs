namespace Llumnix.Gpu.Chat;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role"><c>system</c> (or <c>developer</c>, its newer name), <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">Its text.</param>
public sealed record ChatMessage(string Role, string Content);

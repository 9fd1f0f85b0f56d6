using Llumnix.Gpu.Loading;

namespace Llumnix.Gpu.Tokenization;

/// <summary>Reads the JSON object that describes an added token, the same in <c>tokenizer.json</c> and <c>tokenizer_config.json</c>.</summary>
internal static class AddedTokenEntry
{
    public static AddedToken Read(JsonSection entry, int id)
    {
        bool special = entry.OptionalBool("special") ?? false;
        return new AddedToken(id, entry.String("content"))
        {
            Special = special,
            Normalized = entry.OptionalBool("normalized") ?? !special,
            SingleWord = entry.OptionalBool("single_word") ?? false,
            StripsLeft = entry.OptionalBool("lstrip") ?? false,
            StripsRight = entry.OptionalBool("rstrip") ?? false,
        };
    }
}

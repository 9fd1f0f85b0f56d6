namespace Llumnix.Gpu.Tokenization;

/// <summary>A token that is found in text as it is written, before anything else is done to the text.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">How it is written; not empty.</param>
internal sealed record AddedToken(int Id, string Content)
{
    /// <summary>Whether it is left out of decoded text when special tokens are skipped.</summary>
    public bool Special { get; init; }

    /// <summary>Whether it is looked for in normalized text, written as normalizing writes it, after all that are not.</summary>
    public bool Normalized { get; init; }

    /// <summary>Whether it counts only where no letter, digit or underscore touches it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Whether it takes the white space before it along.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Whether it takes the white space behind it along.</summary>
    public bool StripsRight { get; init; }
}

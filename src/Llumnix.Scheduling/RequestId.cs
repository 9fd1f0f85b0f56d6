using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Llumnix.Scheduling;

/// <summary>
/// Names one request: 112 bits drawn by its session and, in the low 16 bits, which of the session's choices it is.
/// Written as 32 lower-case hexadecimal digits.
/// </summary>
public readonly record struct RequestId(ulong High, ulong Low) : IComparable<RequestId>
{
    /// <summary>The number of choices one session can have.</summary>
    public const int MaxChoices = 1 << 16;

    /// <summary>Which choice of its session the request is, from 0.</summary>
    public int ChoiceIndex => (int)(Low & 0xFFFF);

    /// <summary>The id that the session itself goes by: that of its choice 0.</summary>
    public RequestId Session => new(High, Low & ~0xFFFFUL);

    /// <summary>The id of the session's choice <paramref name="index"/>, 0 to <see cref="MaxChoices"/> - 1.</summary>
    public RequestId Choice(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, MaxChoices);
        return new RequestId(High, (Low & ~0xFFFFUL) | (uint)index);
    }

    /// <summary>A session's id from 128 random bits; the low 16 are cleared.</summary>
    public static RequestId FromRandomBits(ulong high, ulong low) => new(high, low & ~0xFFFFUL);

    /// <summary>Reads 32 hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RequestId id)
    {
        id = default;
        if (text is not { Length: 32 }
            || !ulong.TryParse(text.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong high)
            || !ulong.TryParse(text.AsSpan(16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong low))
        {
            return false;
        }

        id = new RequestId(high, low);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(RequestId other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");
}

using System.Globalization;
using Llumnix.Scheduling.Load;
using Llumnix.Scheduling.Priorities;

namespace Llumnix.Actors.Configuration;

/// <summary>The section <c>llumnix.priorities</c>: the classes, the most urgent first. Defaults stand in scheduling.hocon.</summary>
public sealed record PriorityOptions
{
    private const string Section = "llumnix.priorities", Order = Section + ".classes", DefaultKey = Section + ".default";

    // Those of scheduling.hocon; others need not be given there.
    private static readonly string[] Standard = ["high", "normal", "low"];

    /// <summary>The classes.</summary>
    public required PriorityClasses Classes { get; init; }

    internal static PriorityOptions Read(SettingReader settings)
    {
        var names = settings.List(Order);
        if (names.Count is 0 or > 16 || names.Distinct().Count() != names.Count || !names.All(IsName))
        {
            throw settings.Wrong(
                Order, "must be a list of 1 to 16 names, each once, of small letters, digits and dashes, and none of them classes or default");
        }

        string preferred = settings.Text(DefaultKey);
        if (!names.Contains(preferred)) throw settings.Contradiction(DefaultKey, Order, "the first must be one of the second");
        foreach (string name in Standard.Except(names))
        {
            foreach (string key in KeysOf(name))
            {
                if (!settings.IsDefault(key)) throw settings.Contradiction(key, Order, $"{name} must be one of the classes to have it");
            }
        }

        return new PriorityOptions { Classes = new PriorityClasses(names.Select(name => ReadClass(settings, name)), preferred) };
    }

    private static PriorityClass ReadClass(SettingReader settings, string name)
    {
        var (headroom, target, preempts) = (KeysOf(name)[0], KeysOf(name)[1], KeysOf(name)[2]);
        var above = settings.IsSet(target) ? ReadTarget(settings, target) : Headroom.None;
        bool auto = !settings.IsSet(headroom) || settings.Text(headroom) == "auto";
        return new PriorityClass(
            name,
            auto ? above : Headroom.OfBlocks(settings.WholeOrAuto(headroom, 0, int.MaxValue)!.Value),
            settings.IsSet(preempts) && settings.Flag(preempts));
    }

    private static Headroom ReadTarget(SettingReader settings, string key)
    {
        string text = settings.Text(key);
        if (text.EndsWith('%'))
        {
            if (double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent <= 100)
                return Headroom.AboveShare(percent / 100);
        }
        else if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int blocks))
        {
            return Headroom.AboveBlocks(blocks);
        }

        throw settings.Wrong(key, "must be a share of an instance's blocks from 0% to 100%, or a whole number of blocks");
    }

    private static string[] KeysOf(string name) => [$"{Section}.{name}.headroom", $"{Section}.{name}.target-load", $"{Section}.{name}.preempts-lower"];

    private static bool IsName(string name) =>
        name is not ("classes" or "default") && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}

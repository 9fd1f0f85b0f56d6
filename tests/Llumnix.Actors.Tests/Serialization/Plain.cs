using System.Collections;
using System.Globalization;
using System.Text;
using Akka.Actor;

namespace Llumnix.Actors.Tests.Serialization;

/// <summary>Everything a message holds as text, so that two can be compared whatever collections they use.</summary>
internal static class Plain
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case IActorRef actor:
                text.Append(actor.Path.Name);
                break;
            case string word:
                text.Append('"').AppendJoin(' ', word.Select(unit => (int)unit)).Append('"');
                break;
            case float real:
                text.Append(BitConverter.SingleToInt32Bits(real));
                break;
            case IDictionary map:
                foreach (object key in map.Keys.Cast<object>().Order())
                {
                    Append(text, key);
                    Append(text.Append(':'), map[key]);
                    text.Append(' ');
                }

                break;
            case IEnumerable list:
                text.Append('[');
                foreach (object? item in list)
                {
                    Append(text, item);
                    text.Append(' ');
                }

                text.Append(']');
                break;
            case IFormattable plain when value.GetType().IsPrimitive || value is Enum or TimeSpan or DateTime:
                text.Append(plain.ToString(null, CultureInfo.InvariantCulture));
                break;
            case bool flag:
                text.Append(flag);
                break;
            default:
                text.Append(value.GetType().Name).Append('{');
                foreach (var property in value.GetType().GetProperties().Where(property => !property.GetMethod!.IsStatic && property.GetIndexParameters().Length == 0))
                {
                    text.Append(property.Name).Append('=');
                    object? inner = property.GetValue(value);
                    if (inner?.GetType() == value.GetType()) text.Append(inner);
                    else Append(text, inner);
                    text.Append(';');
                }

                text.Append('}');
                break;
        }
    }
}

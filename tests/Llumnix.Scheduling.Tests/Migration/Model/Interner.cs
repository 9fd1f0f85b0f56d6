using System.Collections;
using System.Reflection;
using System.Text;

namespace Llumnix.Scheduling.Tests.Migration.Model;

/// <summary>Gives equal values one number, so that a world is a few numbers.</summary>
internal sealed class Interner<T>(Func<T, object>? key = null)
    where T : class
{
    private readonly Dictionary<object, int> _numbers = [];
    private readonly List<T> _values = [];

    public int Count => _values.Count;

    public T this[int number] => _values[number];

    public int NumberOf(T value)
    {
        object by = key is null ? value : key(value);
        if (_numbers.TryGetValue(by, out int number)) return number;
        number = _values.Count;
        _numbers.Add(by, number);
        _values.Add(value);
        return number;
    }
}

/// <summary>The text of all fields of a value, those of lists and of private ones included: equal exactly where the values are.</summary>
internal static class FieldText
{
    private static readonly Dictionary<Type, FieldInfo[]> Fields = [];

    public static string Of(object value)
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
                text.Append('-');
                break;
            case string or Enum:
            case IFormattable and ValueType when value.GetType().IsPrimitive:
            case bool:
                text.Append(value);
                break;
            case IEnumerable items:
                text.Append('[');
                foreach (object item in items) Append(text, item);
                text.Append(']');
                break;
            default:
                text.Append('(');
                foreach (var field in FieldsOf(value.GetType())) Append(text, field.GetValue(value));
                text.Append(')');
                break;
        }

        text.Append(' ');
    }

    private static FieldInfo[] FieldsOf(Type type)
    {
        lock (Fields)
        {
            if (!Fields.TryGetValue(type, out var fields))
            {
                fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
                Fields.Add(type, fields);
            }

            return fields;
        }
    }
}

using Akka.Actor;
using Hyperion;

namespace Llumnix.Actors.Serialization;

/// <summary>
/// The types that Hyperion may write and read: given messages and what their properties can hold, found once by their declared types.
/// Those must therefore be closed: primitives, strings, times, enums, sealed types, arrays of such, actor references.
/// </summary>
internal sealed class ControlTypes : ITypeFilter
{
    private static readonly HashSet<Type> Plain =
    [
        typeof(string), typeof(decimal), typeof(Guid), typeof(TimeSpan), typeof(DateTime), typeof(DateTimeOffset),
    ];

    private readonly HashSet<Type> _messages;
    private readonly HashSet<Type> _types = [typeof(ActorRefSurrogate)];
    private readonly HashSet<string> _names;

    /// <summary>The types reached from <paramref name="messages"/>.</summary>
    /// <exception cref="InvalidOperationException">A property's declared type does not say what it can hold.</exception>
    public ControlTypes(IEnumerable<Type> messages)
    {
        _messages = [.. messages];
        foreach (var message in _messages) Add(message, message.Name);
        _names = [.. _types.Select(type => NameOf($"{type.FullName}, {type.Assembly.GetName().Name}"))];
    }

    /// <summary>Every wire message of this assembly that no hand-written serializer takes.</summary>
    public static IEnumerable<Type> OfThisAssembly => WireBindings.Messages.Except(WireBindings.HandWritten);

    /// <summary>Whether it is one of the messages, not a part of one.</summary>
    public bool IsMessage(Type type) => _messages.Contains(type);

    /// <summary>Called by Hyperion with a type's name as it stands on the wire, or, when writing, with its version and key behind.</summary>
    public bool IsAllowed(string typeName) => _names.Contains(NameOf(typeName));

    /// <summary>Name and assembly without version, culture and key; types of the runtime are the same wherever they live.</summary>
    private static string NameOf(string typeName)
    {
        int comma = typeName.IndexOf(',', StringComparison.Ordinal);
        int second = comma < 0 ? -1 : typeName.IndexOf(',', comma + 1);
        return second < 0 ? typeName : typeName[..second];
    }

    private void Add(Type type, string where)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) type = underlying;
        if (type.IsPrimitive || typeof(IActorRef).IsAssignableFrom(type) || !_types.Add(type) || Plain.Contains(type) || type.IsEnum) return;

        if (type.IsSZArray)
        {
            Add(type.GetElementType()!, where);
        }
        else if (type is { IsSealed: true, IsGenericType: false } && type.Assembly != typeof(object).Assembly)
        {
            foreach (var property in type.GetProperties().Where(property => !property.GetMethod!.IsStatic && property.GetIndexParameters().Length == 0))
                Add(property.PropertyType, $"{type.Name}.{property.Name}");
        }
        else
        {
            throw new InvalidOperationException(
                $"{where} is a {type}, which does not say what it holds; a wire message has primitives, strings, times, enums, actor references, sealed types and arrays of these.");
        }
    }
}

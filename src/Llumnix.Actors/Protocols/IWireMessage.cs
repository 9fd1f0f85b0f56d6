namespace Llumnix.Actors.Protocols;

/// <summary>
/// Marks a message that may cross nodes. Each such type has an explicit serializer in <c>hocon/</c>; what is not marked never leaves its
/// process.
/// </summary>
#pragma warning disable CA1040 // A marker that serializer bindings are checked against; an attribute would not be seen by them.
public interface IWireMessage;
#pragma warning restore CA1040

using System.Collections;

namespace Llumnix.Scheduling.Tests.Migration.Model;

/// <summary>A short list, compared by its entries.</summary>
internal sealed class ValueList<T>(params T[] items) : IEquatable<ValueList<T>>, IEnumerable<T>
{
    private readonly T[] _items = items;

    public T? Find(Func<T, bool> wanted) => _items.FirstOrDefault(wanted);

    /// <summary>With the entry that was there replaced by another, or with a new one.</summary>
    public ValueList<T> With(T? before, T after) => before is null
        ? new ValueList<T>([.. _items, after])
        : new ValueList<T>([.. _items.Select(item => ReferenceEquals(item, before) ? after : item)]);

    public bool Equals(ValueList<T>? other) => other is not null && _items.AsSpan().SequenceEqual(other._items);

    public override bool Equals(object? obj) => Equals(obj as ValueList<T>);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var item in _items) hash.Add(item);
        return hash.ToHashCode();
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"[{string.Join(", ", _items)}]";
}

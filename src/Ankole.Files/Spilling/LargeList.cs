using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ankole.Files;

/// <summary>A growing list of plain values. From <see cref="SpillBuffer.WorthSpilling"/> bytes on they are kept in spilled memory. Not thread-safe.</summary>
/// <remarks>Values go in and out as copies: nothing points into memory that may be unmapped.</remarks>
public sealed class LargeList<T> : IReadOnlyList<T>
    where T : unmanaged
{
    private SpillBuffer? spilled;
    private T[] array = [];
    private int capacity;

    public LargeList(int capacity = 0) => Resize(capacity);

    public int Count { get; internal set; }

    public T this[int index]
    {
        get
        {
            var value = Values[index];
            GC.KeepAlive(spilled);
            return value;
        }
        set
        {
            Values[index] = value;
            GC.KeepAlive(spilled);
        }
    }

    public void Add(T value)
    {
        if (Count == capacity)
            Resize(Math.Max(64, checked(Count + (Count / 2))));
        Count++;
        this[Count - 1] = value;
    }

    /// <summary>Of an ascending list: the value's index, or negative.</summary>
    public int BinarySearch(T value)
    {
        var index = Values.BinarySearch(value, Comparer<T>.Default);
        GC.KeepAlive(spilled);
        return index;
    }

    /// <summary>Sorts, and puts the other list's values in the same order.</summary>
    public void SortWith<TOther>(LargeList<TOther> items)
        where TOther : unmanaged
    {
        Values.Sort(items.Values);
        GC.KeepAlive(spilled);
        GC.KeepAlive(items.spilled);
    }

    public T[] ToArray()
    {
        var copy = Values.ToArray();
        GC.KeepAlive(spilled);
        return copy;
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private Span<T> Values => spilled is { } buffer ? MemoryMarshal.Cast<byte, T>(buffer.GetSpan())[..Count] : array.AsSpan(0, Count);

    private void Resize(int wanted)
    {
        var bytes = (long)wanted * Unsafe.SizeOf<T>();
        var larger = bytes is >= SpillBuffer.WorthSpilling and <= int.MaxValue ? SpillBuffer.TryCreate((int)bytes) : null;
        if (larger is null)
        {
            var next = new T[wanted];
            Values.CopyTo(next);
            array = next;
        }
        else
        {
            Values.CopyTo(MemoryMarshal.Cast<byte, T>(larger.GetSpan()));
            array = [];
        }
        (spilled as IDisposable)?.Dispose();
        spilled = larger;
        capacity = wanted;
    }
}

/// <summary>Makes lists.</summary>
public static class LargeList
{
    /// <summary>So many zeroes.</summary>
    public static LargeList<T> OfZeroes<T>(int count)
        where T : unmanaged => new(count) { Count = count };
}

namespace SaeSharp.Interactions;

/// <summary>The so many strongest items seen so far; of equal ones those that compare first.</summary>
/// <param name="capacity">How many are kept.</param>
/// <param name="order">Strongest first; a total order, so that the outcome does not depend on the order of arrival.</param>
internal sealed class StrongestList<T>(int capacity, Comparison<T> order)
{
    private readonly PriorityQueue<T, T> _kept = new(Comparer<T>.Create((a, b) => order(b, a)));

    /// <summary>Whether any item would still be kept.</summary>
    public bool HasRoom => _kept.Count < capacity;

    /// <summary>The weakest that is kept; only when there is no room.</summary>
    public T Weakest => _kept.Peek();

    /// <summary>Keeps the item if it belongs among the strongest.</summary>
    public bool Offer(T item)
    {
        if (HasRoom)
        {
            _kept.Enqueue(item, item);
            return true;
        }

        if (capacity == 0 || order(item, Weakest) >= 0) return false;
        _kept.EnqueueDequeue(item, item);
        return true;
    }

    /// <summary>Strongest first.</summary>
    public T[] ToArray()
    {
        T[] items = [.. _kept.UnorderedItems.Select(entry => entry.Element)];
        Array.Sort(items, order);
        return items;
    }
}

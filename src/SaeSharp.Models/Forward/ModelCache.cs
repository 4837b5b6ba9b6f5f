namespace SaeSharp.Models.Forward;

/// <summary>What a model remembers of the tokens of a batch: keys and values, or recurrent states.</summary>
public abstract class ModelCache : IDisposable
{
    /// <summary>Describes a cache.</summary>
    /// <param name="sequences">Sequences of the batch.</param>
    /// <param name="capacity">Most tokens a sequence.</param>
    protected ModelCache(int sequences, int capacity)
    {
        Sequences = sequences;
        Capacity = capacity;
    }

    /// <summary>Sequences of the batch.</summary>
    public int Sequences { get; }

    /// <summary>Most tokens a sequence.</summary>
    public int Capacity { get; }

    /// <summary>Tokens a sequence that are in the cache.</summary>
    public int Length { get; private set; }

    /// <summary>Forgets everything.</summary>
    public virtual void Reset() => Length = 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Counts tokens whose part has been written.</summary>
    internal void Advance(int tokens) => Length += tokens;

    /// <summary>Gives memory back.</summary>
    protected abstract void Dispose(bool disposing);
}

using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries.Sparsifiers;

/// <summary>Keeps few scores a token; knows its rule in training and outside it.</summary>
internal abstract class Sparsifier : IDisposable
{
    /// <summary>What is trained; nothing for most.</summary>
    public virtual IReadOnlyList<Parameter> Parameters => [];

    /// <summary>Called before the first slice of a batch of <paramref name="rows"/> tokens.</summary>
    public virtual void Begin(int rows, bool training)
    {
    }

    /// <summary>Appends what it keeps of a slice of scores to the codes; the values are scores (bias added).</summary>
    public abstract void Select(Device device, MatrixView scores, MatrixView bias, MatrixView weights, int firstRow, CsrMatrix codes);

    /// <summary>Called after the last slice: what can only be decided with the whole batch.</summary>
    public virtual void Finish(Device device, MatrixView weights, CsrMatrix codes)
    {
    }

    /// <summary>Turns scores (the values) into codes; <paramref name="scores"/> receives the scores if they are needed again.</summary>
    public virtual void Activate(Device device, CsrMatrix codes, Span<float> scores)
    {
    }

    public virtual void Dispose()
    {
        foreach (Parameter parameter in Parameters) parameter.Dispose();
    }
}

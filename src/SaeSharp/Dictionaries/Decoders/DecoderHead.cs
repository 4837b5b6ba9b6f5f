using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries.Decoders;

/// <summary>What a decoder does after codes have met its table: maps a = z T [B, W] to x̂ − b [B, D].</summary>
internal abstract class DecoderHead : IDisposable
{
    /// <summary>W, the width of the table.</summary>
    public abstract int InnerWidth { get; }

    /// <summary>Whether a already is the output.</summary>
    public virtual bool IsIdentity => false;

    /// <summary>What is trained, beside table and bias.</summary>
    public virtual IReadOnlyList<Parameter> Parameters => [];

    /// <summary>Makes room for batches of up to so many tokens.</summary>
    public virtual void Reserve(int rows)
    {
    }

    /// <summary>y = head(a), overwritten.</summary>
    public abstract void Forward(MatrixView a, MatrixView y);

    /// <summary>
    /// Adds the gradients of the head's parameters and writes da = ∂loss/∂a, given g = ∂loss/∂y.
    /// Must follow <see cref="Forward"/> with the same a.
    /// </summary>
    public abstract void Backward(MatrixView a, MatrixView g, MatrixView da);

    /// <summary>The part of the head that is linear in a: y = a Lᵀ; used for directions.</summary>
    public abstract void LinearPart(MatrixView a, MatrixView y);

    /// <summary>Backward of <see cref="LinearPart"/>: adds parameter gradients and writes da.</summary>
    public abstract void LinearPartBackward(MatrixView a, MatrixView g, MatrixView da);

    /// <summary>Divides the output by a factor, exactly (folding of the input scale).</summary>
    public abstract void ScaleOutput(float factor);

    public virtual void Dispose()
    {
        foreach (Parameter parameter in Parameters) parameter.Dispose();
    }
}

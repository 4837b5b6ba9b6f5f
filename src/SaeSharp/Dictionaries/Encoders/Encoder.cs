using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries.Encoders;

/// <summary>Scores every latent for every token: a product with a table [F, D], plus what the kind of encoder makes of it.</summary>
internal abstract class Encoder(Parameter weights) : IDisposable
{
    /// <summary>W, [F, D].</summary>
    public Parameter Weights { get; } = weights;

    /// <summary>Everything that is trained.</summary>
    public abstract IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>[1, F], added to W s before anything is selected.</summary>
    public abstract Parameter ScoreBias { get; }

    /// <summary>Turns the selected scores (the values of the codes) into codes, where the encoder itself does so.</summary>
    public virtual void Activate(CsrMatrix codes, Span<float> scores)
    {
    }

    /// <summary>Adds the gradients of every parameter, given ∂loss/∂(W s) an entry.</summary>
    /// <param name="device">Where.</param>
    /// <param name="centered">s, [B, D].</param>
    /// <param name="batch">Codes and their feature-major order.</param>
    /// <param name="productGradients">∂loss/∂(W s), an entry each.</param>
    public void AddWeightGradient(Device device, MatrixView centered, CodeBatch batch, ReadOnlySpan<float> productGradients) =>
        device.SpMMTransposed(batch.Transpose, productGradients, centered, Weights.Gradient, ColumnRange.All, Weights.TakeBeta());

    public void Dispose()
    {
        foreach (Parameter parameter in Parameters) parameter.Dispose();
    }
}

using SaeSharp.Numerics;

namespace SaeSharp.Models.Hooks;

/// <summary>Adds a vector to every token: steering.</summary>
/// <param name="vector">[1, width]; must outlive the edit.</param>
/// <param name="scale">Factor of the vector.</param>
public sealed class AddVector(MatrixView vector, float scale = 1f) : IEdit
{
    /// <inheritdoc/>
    public void Apply(in EditContext context, MatrixView activations) => context.Device.AddRowVector(activations, scale, vector, activations);
}

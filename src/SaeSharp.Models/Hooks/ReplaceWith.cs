using SaeSharp.Numerics;

namespace SaeSharp.Models.Hooks;

/// <summary>Replaces the values of a whole pass by given ones: splicing in a reconstruction that was made before.</summary>
/// <param name="values">[sequences · length, width]; must outlive the edit.</param>
public sealed class ReplaceWith(MatrixView values) : IEdit
{
    /// <inheritdoc/>
    public void Apply(in EditContext context, MatrixView activations) => context.Device.Copy(values, activations);
}

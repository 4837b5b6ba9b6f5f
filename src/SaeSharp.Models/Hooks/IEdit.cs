using SaeSharp.Numerics;

namespace SaeSharp.Models.Hooks;

/// <summary>Changes what a model computes at a hook point while it runs: replaces it, adds to it, or splices in a reconstruction.</summary>
/// <remarks>Called once for each forward pass that reaches the point, with all tokens of the batch; what it throws ends the pass.</remarks>
public interface IEdit
{
    /// <summary>Changes the values in place; the model goes on with them.</summary>
    /// <param name="context">Where and in what batch.</param>
    /// <param name="activations">[sequences · length, width]; row b · length + t is token t of sequence b.</param>
    void Apply(in EditContext context, MatrixView activations);
}

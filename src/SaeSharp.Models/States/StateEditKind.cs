namespace SaeSharp.Models.States;

/// <summary>What happens to a state.</summary>
public enum StateEditKind
{
    /// <summary>The token's additive write, β k̂ vᵀ, is taken out; decay and erasing stay.</summary>
    DeleteAdditiveWrite,

    /// <summary>The token's whole increment over pure decay is taken out, as if the token had not been written.</summary>
    DeleteFullWrite,

    /// <summary>The additive write is taken out and a matrix is added.</summary>
    ReplaceAdditiveWrite,

    /// <summary>The whole increment is taken out and a matrix is added.</summary>
    ReplaceFullWrite,

    /// <summary>A matrix is added.</summary>
    Add,
}

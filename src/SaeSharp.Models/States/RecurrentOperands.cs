using SaeSharp.Numerics;

namespace SaeSharp.Models.States;

/// <summary>Everything that a recurrence reads and writes in one pass; rows are tokens, views that a rule does not have are empty.</summary>
internal readonly struct RecurrentOperands
{
    /// <summary>How states change.</summary>
    public required RecurrentRule Rule { get; init; }

    public required int Heads { get; init; }

    public required int KeyHeads { get; init; }

    /// <summary>q̂, [B·T, key heads · d_k]</summary>
    public required MatrixView Queries { get; init; }

    /// <summary>k̂, [B·T, key heads · d_k]</summary>
    public required MatrixView Keys { get; init; }

    /// <summary>v, [B·T, heads · d_v]</summary>
    public required MatrixView Values { get; init; }

    /// <summary>o, [B·T, heads · d_v]</summary>
    public required MatrixView Outputs { get; init; }

    /// <summary>S, [B · heads, d_k · d_v]</summary>
    public required MatrixView States { get; init; }

    /// <summary>log α, [B·T, heads]; α itself, [B·T, heads · d_k], for the generalised rule.</summary>
    public required MatrixView Decays { get; init; }

    /// <summary>β, [B·T, heads]</summary>
    public MatrixView Strengths { get; init; }

    /// <summary>δ, [B·T, heads · d_v]</summary>
    public MatrixView Deltas { get; init; }

    /// <summary>κ, [B·T, heads · d_k]</summary>
    public MatrixView EraseKeys { get; init; }

    /// <summary>a, [B·T, heads · d_k]</summary>
    public MatrixView EraseRates { get; init; }

    /// <summary>κ ∘ a, [B·T, heads · d_k]</summary>
    public MatrixView EraseWrites { get; init; }

    /// <summary>S_{t−1}ᵀ κ, [B·T, heads · d_v]</summary>
    public MatrixView EraseValues { get; init; }
}

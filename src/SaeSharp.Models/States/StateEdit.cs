using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;

namespace SaeSharp.Models.States;

/// <summary>A change of one head's state at one token: the additive or full write is deleted or replaced, or a matrix is added.</summary>
/// <remarks>
/// States are written key side first, [d_k, d_v]; a matrix of rank r is <c>Scale · Σ_i keys_i ⊗ values_i</c>. Several edits of one pass
/// apply in the order in which they were added; each write is the one that the run itself makes, with the edits before it in place.
/// </remarks>
public sealed record StateEdit
{
    /// <summary>The block.</summary>
    public required int Layer { get; init; }

    /// <summary>The head.</summary>
    public required int Head { get; init; }

    /// <summary>The token, counted from the beginning of the text.</summary>
    public required int Position { get; init; }

    /// <summary>The sequence of the batch; null for all of them.</summary>
    public int? Sequence { get; init; }

    /// <summary>What happens.</summary>
    public required StateEditKind Kind { get; init; }

    /// <summary>When.</summary>
    public StateEditTime Time { get; init; } = StateEditTime.AfterRead;

    /// <summary>Key factors of the matrix, [rank, d_k]; must outlive the passes.</summary>
    public MatrixView Keys { get; init; }

    /// <summary>Value factors of the matrix, [rank, d_v]; must outlive the passes.</summary>
    public MatrixView Values { get; init; }

    /// <summary>Factor of the matrix.</summary>
    public float Scale { get; init; } = 1f;

    /// <summary>Whether a matrix is added.</summary>
    internal bool Adds => Kind is StateEditKind.ReplaceAdditiveWrite or StateEditKind.ReplaceFullWrite or StateEditKind.Add;

    /// <summary>Whether the additive write is taken out.</summary>
    internal bool DeletesAdditive => Kind is StateEditKind.DeleteAdditiveWrite or StateEditKind.ReplaceAdditiveWrite;

    /// <summary>Whether the full write is taken out.</summary>
    internal bool DeletesFull => Kind is StateEditKind.DeleteFullWrite or StateEditKind.ReplaceFullWrite;

    /// <summary>Checks the edit against a model and a batch.</summary>
    /// <exception cref="InputException">The model has no such layer or head, the text no such token, or the factors have another width than the state.</exception>
    internal void Check(ModelDescription model, int sequences, int length)
    {
        IReadOnlyList<int> state = model.Shape(new HookPoint(HookSite.RecurrentState, Layer)).TokenShape;
        if (Head < 0 || Head >= state[0]) throw new InputException($"A state edit names head {Head}; block {Layer} has heads 0 to {state[0] - 1}.");
        if (Position < 0 || Position >= length) throw new InputException($"A state edit names position {Position}; the text has positions 0 to {length - 1}.");
        if (Sequence is { } sequence && (sequence < 0 || sequence >= sequences)) throw new InputException($"A state edit names sequence {sequence}; the batch has sequences 0 to {sequences - 1}.");
        if (!Adds) return;
        bool fits = Keys.Rows > 0 && Keys.Rows == Values.Rows && Keys.Columns == state[1] && Values.Columns == state[2];
        if (!fits) throw new InputException($"The factors of a state edit, {Keys} and {Values}, do not make a matrix of the state's [{state[1]} × {state[2]}].");
    }
}

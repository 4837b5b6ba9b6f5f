namespace SaeSharp.Numerics;

public abstract partial class Device
{
    /// <summary>Layer normalisation of each row: <c>y = (x − mean) / √(variance + epsilon) ∘ gain + bias</c>, variance over N.</summary>
    /// <param name="x">[B, D]</param>
    /// <param name="gain">[1, D]</param>
    /// <param name="bias">[1, D]</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="y">[B, D]; may be x.</param>
    /// <remarks>Mean and variance are accumulated in double, the variance around the mean.</remarks>
    public abstract void LayerNorm(MatrixView x, MatrixView gain, MatrixView bias, float epsilon, MatrixView y);

    /// <summary><c>y = f(x + bias)</c>, element by element.</summary>
    /// <param name="activation">f.</param>
    /// <param name="x">[B, D]</param>
    /// <param name="bias">[1, D], added to each row, or an empty view for none.</param>
    /// <param name="y">[B, D]; may be x.</param>
    public abstract void Activate(Activation activation, MatrixView x, MatrixView bias, MatrixView y);

    /// <summary>Causal multi-head attention of new tokens over themselves and what came before them, for all sequences and heads at once.</summary>
    /// <param name="shape">Sequences, heads, how many tokens are new and how many there are.</param>
    /// <param name="queries">[sequences · new, heads · head width]; row b · new + i is the query at position <c>total − new + i</c>.</param>
    /// <param name="keys">[sequences · key stride, key heads · head width]; row b · key stride + j is the key at position j.</param>
    /// <param name="values">As <paramref name="keys"/>.</param>
    /// <param name="outputs">[sequences · new, heads · head width]: heads side by side. Must not overlap the others.</param>
    /// <param name="pattern">[sequences · heads · new, total]: the attention probabilities, zero after the query's position; an empty view if nobody wants them.</param>
    /// <remarks>Row i of a head: softmax over j ≤ position of <c>scale · ⟨q_i, k_j⟩</c>, times the values. Cost 4 · new · total · width FLOP a sequence, half of it where all tokens are new.</remarks>
    public abstract void CausalAttention(in AttentionShape shape, MatrixView queries, MatrixView keys, MatrixView values, MatrixView outputs, MatrixView pattern = default);

    /// <summary>Negative log-likelihood of one column a row: <c>nats[r] = log Σ_j exp(x[r, j]) − x[r, targets[r]]</c>.</summary>
    /// <param name="logits">[R, V]</param>
    /// <param name="targets">[R]; a negative one is skipped and its loss is 0.</param>
    /// <param name="nats">[R]</param>
    /// <remarks>Exponentials and sums in double; no softmax is stored.</remarks>
    public abstract void CrossEntropy(MatrixView logits, ReadOnlySpan<int> targets, Span<double> nats);

    /// <summary>Kullback–Leibler divergence of each row's softmax from another's: <c>nats[r] = Σ_j p_j (log p_j − log q_j)</c>, p of <paramref name="logits"/>, q of <paramref name="other"/>.</summary>
    /// <param name="logits">[R, V]</param>
    /// <param name="other">[R, V]</param>
    /// <param name="nats">[R]</param>
    /// <remarks>In double throughout; no softmax is stored.</remarks>
    public abstract void Divergence(MatrixView logits, MatrixView other, Span<double> nats);

    /// <summary>The column of each row's largest value; of equal ones the first. A row of NaN gives 0.</summary>
    public abstract void ArgMax(MatrixView x, Span<int> columns);
}

namespace SaeSharp.Numerics;

public abstract partial class Device
{
    /// <summary>Short causal convolution over time, each column by itself: <c>y_t = f(bias + Σ_j weights[j] ∘ x_{t − taps + 1 + j})</c>.</summary>
    /// <param name="activation">f.</param>
    /// <param name="sequences">Sequences in <paramref name="x"/>.</param>
    /// <param name="x">[sequences · length, D]</param>
    /// <param name="weights">[taps, D]; the last tap meets the current token.</param>
    /// <param name="bias">[1, D], or an empty view for none.</param>
    /// <param name="window">[sequences · (taps − 1), D]: the inputs before the first token, zeros at the beginning of a text; holds the last ones afterwards.</param>
    /// <param name="y">As <paramref name="x"/>; must not overlap it.</param>
    public abstract void CausalConvolution(Activation activation, int sequences, MatrixView x, MatrixView weights, MatrixView bias, MatrixView window, MatrixView y);

    /// <summary>Step sizes and decays of gated recurrences: <c>s = clamp(softplus(x + bias), least, most)</c>, <c>log decay = rate · s</c>.</summary>
    /// <param name="x">[B, H]</param>
    /// <param name="bias">[1, H]</param>
    /// <param name="rate">[1, H], usually −exp(A_log).</param>
    /// <param name="least">Smallest step.</param>
    /// <param name="most">Largest step; may be infinite.</param>
    /// <param name="steps">[B, H], or an empty view if nobody wants them; may be x.</param>
    /// <param name="logDecays">[B, H]</param>
    public abstract void StepSizes(MatrixView x, MatrixView bias, MatrixView rate, float least, float most, MatrixView steps, MatrixView logDecays);

    /// <summary>
    /// Gated delta rule: <c>S̃ = exp(g_t) S_{t−1}</c>, <c>δ_t = β_t (v_t − S̃ᵀ k_t)</c>, <c>S_t = S̃ + k_t δ_tᵀ</c>, <c>o_t = S_tᵀ q_t</c>, for all sequences and heads.
    /// </summary>
    /// <param name="shape">Which tokens.</param>
    /// <param name="queries">[sequences · length, key heads · d_k]</param>
    /// <param name="keys">As <paramref name="queries"/>.</param>
    /// <param name="values">[sequences · length, heads · d_v]</param>
    /// <param name="logDecays">g, [sequences · length, heads], at most 0.</param>
    /// <param name="strengths">β, [sequences · length, heads]</param>
    /// <param name="states">[sequences · heads, d_k · d_v], key side first: S before the first token, and after the last.</param>
    /// <param name="deltas">δ, [sequences · length, heads · d_v]: the value factors of the full writes.</param>
    /// <param name="outputs">o, [sequences · length, heads · d_v]</param>
    /// <remarks>
    /// Few tokens run one by one. More run in chunks: within one, <c>(I + A) Δ = diag(β) (V − diag(exp G) K S₀)</c> with
    /// <c>A_ij = β_i exp(G_i − G_j) ⟨k_i, k_j⟩</c> for j &lt; i and G the running sum of g, so that all but a triangular solve are matrix products.
    /// Equation 2 of WriteSAE (arXiv 2605.12770); chunked as in Gated DeltaNet (arXiv 2412.06464).
    /// </remarks>
    public abstract void DeltaRule(
        in RecurrenceShape shape, MatrixView queries, MatrixView keys, MatrixView values, MatrixView logDecays, MatrixView strengths,
        MatrixView states, MatrixView deltas, MatrixView outputs);

    /// <summary>Gated linear recurrence without an erase term (Mamba-2): <c>S_t = exp(g_t) S_{t−1} + β_t k_t v_tᵀ</c>, <c>o_t = S_tᵀ q_t</c>.</summary>
    /// <remarks>Parameters as of <see cref="DeltaRule"/>; in chunks it is the structured state space duality of Mamba-2 (arXiv 2405.21060).</remarks>
    public abstract void AdditiveRule(
        in RecurrenceShape shape, MatrixView queries, MatrixView keys, MatrixView values, MatrixView logDecays, MatrixView strengths,
        MatrixView states, MatrixView outputs);

    /// <summary>
    /// The generalised delta rule of RWKV-7: <c>S_t = diag(w_t) S_{t−1} − b_t e_tᵀ + k_t v_tᵀ</c>, <c>e_t = S_{t−1}ᵀ κ_t</c>, <c>o_t = S_tᵀ q_t</c>.
    /// </summary>
    /// <param name="shape">Which tokens; as many key heads as heads.</param>
    /// <param name="queries">q, [sequences · length, heads · d_k]</param>
    /// <param name="keys">k, as <paramref name="queries"/>.</param>
    /// <param name="values">v, [sequences · length, heads · d_v]</param>
    /// <param name="decays">w, as <paramref name="queries"/>: one factor a key channel.</param>
    /// <param name="eraseKeys">κ, as <paramref name="queries"/>: what is looked up in the undecayed state.</param>
    /// <param name="eraseWrites">b, as <paramref name="queries"/>: where it is taken out.</param>
    /// <param name="states">[sequences · heads, d_k · d_v], key side first: S before the first token, and after the last.</param>
    /// <param name="eraseValues">e, [sequences · length, heads · d_v]</param>
    /// <param name="outputs">o, [sequences · length, heads · d_v]</param>
    public abstract void GeneralizedDeltaRule(
        in RecurrenceShape shape, MatrixView queries, MatrixView keys, MatrixView values, MatrixView decays, MatrixView eraseKeys, MatrixView eraseWrites,
        MatrixView states, MatrixView eraseValues, MatrixView outputs);

    /// <summary>Reads states again: <c>o_t = Sᵀ q_t</c> for the one token <see cref="RecurrenceShape.Start"/> of each sequence.</summary>
    /// <param name="shape">Which token; the count is 1.</param>
    /// <param name="queries">[sequences · length, key heads · d_k]</param>
    /// <param name="states">[sequences · heads, d_k · d_v]</param>
    /// <param name="outputs">[sequences · length, heads · d_v]; only the token's rows are written.</param>
    public abstract void ReadStates(in RecurrenceShape shape, MatrixView queries, MatrixView states, MatrixView outputs);

    /// <summary>Outer products, a head at a time: <c>y[b, h] = β[b, h] · k[b, h] ⊗ v[b, h]</c>.</summary>
    /// <param name="keys">[B, key heads · d_k]</param>
    /// <param name="values">[B, heads · d_v]</param>
    /// <param name="strengths">β, [B, heads], or an empty view for 1.</param>
    /// <param name="heads">Heads of the values.</param>
    /// <param name="keyHeads">Heads of the keys; divides the heads.</param>
    /// <param name="products">[B, heads · d_k · d_v]</param>
    public abstract void OuterProducts(MatrixView keys, MatrixView values, MatrixView strengths, int heads, int keyHeads, MatrixView products);

    /// <summary>Copies each head of a row to as many neighbouring heads as the result is wider.</summary>
    /// <param name="x">[B, heads · D]</param>
    /// <param name="heads">Heads of x.</param>
    /// <param name="y">[B, n · heads · D]; must not overlap x.</param>
    public abstract void RepeatHeads(MatrixView x, int heads, MatrixView y);

    /// <summary>Mixes each token with the one before it: <c>y_t = x_t + (x_{t−1} − x_t) ∘ share</c>.</summary>
    /// <param name="sequences">Sequences in <paramref name="x"/>.</param>
    /// <param name="x">[sequences · length, D]</param>
    /// <param name="previous">[sequences, D]: the tokens before the first ones; zeros at the beginning of a text.</param>
    /// <param name="share">[1, D]</param>
    /// <param name="y">As <paramref name="x"/>; must not overlap it.</param>
    public abstract void ShiftTokens(int sequences, MatrixView x, MatrixView previous, MatrixView share, MatrixView y);

    /// <summary>Adds, a head at a time, the values in proportion to how much key and query agree: <c>y_h += (Σ_d q_d k_d weight_d) · v_h</c>.</summary>
    /// <param name="queries">[B, heads · D]</param>
    /// <param name="keys">[B, heads · D]</param>
    /// <param name="weights">[1, heads · D]</param>
    /// <param name="values">[B, heads · D_v]</param>
    /// <param name="heads">How many heads.</param>
    /// <param name="y">[B, heads · D_v]</param>
    public abstract void AddAgreement(MatrixView queries, MatrixView keys, MatrixView weights, MatrixView values, int heads, MatrixView y);

    /// <summary>Adds a multiple of each head: <c>y_h += scale_h · x_h</c>.</summary>
    /// <param name="x">[B, heads · D]</param>
    /// <param name="scales">[1, heads]</param>
    /// <param name="y">[B, heads · D]</param>
    public abstract void AddScaledHeads(MatrixView x, MatrixView scales, MatrixView y);
}

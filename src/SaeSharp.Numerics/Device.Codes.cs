namespace SaeSharp.Numerics;

public abstract partial class Device
{
    /// <summary>JumpReLU on stored scores: copies them aside, then keeps a value only where it exceeds its latent's threshold, else 0.</summary>
    /// <param name="codes">Values are scores on the way in and codes on the way out.</param>
    /// <param name="thresholds">[1, F]</param>
    /// <param name="scores">Receives the scores, an entry each.</param>
    public abstract void JumpRelu(CsrMatrix codes, MatrixView thresholds, Span<float> scores);

    /// <summary>Backward of <see cref="JumpRelu"/> with a rectangle kernel of width <paramref name="bandwidth"/>.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="scores">The scores, an entry each.</param>
    /// <param name="thresholds">[1, F]</param>
    /// <param name="bandwidth">Width of the kernel.</param>
    /// <param name="stepWeight">∂loss/∂(one count of L0); the threshold's gradient of the step penalty.</param>
    /// <param name="codeGradients">∂loss/∂code, an entry each.</param>
    /// <param name="scoreGradients">Receives ∂loss/∂score: the code gradient where the code is on, else 0.</param>
    /// <param name="thresholdGradients">Receives −1[|score − θ| &lt; bandwidth/2] · (θ · codeGradient + stepWeight) / bandwidth, an entry each.</param>
    public abstract void JumpReluBackward(
        CsrMatrix codes, ReadOnlySpan<float> scores, MatrixView thresholds, float bandwidth, float stepWeight,
        ReadOnlySpan<float> codeGradients, Span<float> scoreGradients, Span<float> thresholdGradients);

    /// <summary>Adds to each entry whose code is not zero: <c>gradients[e] += alpha · weights[0, column(e)]</c>; without weights alpha alone.</summary>
    public abstract void AddToActiveEntries(CsrMatrix codes, float alpha, MatrixView weights, Span<float> gradients);

    /// <summary>Adds to each entry: <c>gradients[e] += alpha · weights[0, column(e)]</c>; without weights alpha alone.</summary>
    public abstract void AddToEntries(CsrMatrix codes, float alpha, MatrixView weights, Span<float> gradients);

    /// <summary>counts[0, f] = number of tokens whose code of latent f (0 where it has none) lies within half a bandwidth of its threshold.</summary>
    public abstract void CountNearThreshold(CsrMatrix codes, CsrTranspose transpose, MatrixView thresholds, float bandwidth, MatrixView counts);

    /// <summary>The penalty Σ tanh(scale · z · n): adds alpha · scale · n · sech² to the code gradients and puts alpha · scale · z · sech² (∂/∂n) aside.</summary>
    /// <returns>Σ tanh(scale · z · n).</returns>
    public abstract double TanhPenalty(CsrMatrix codes, MatrixView norms, float scale, float alpha, Span<float> codeGradients, Span<float> normGradients);

    /// <summary>
    /// Magnitude path of a gated encoder: an entry's value is its gate score π; it becomes max(0, (π − b_gate) · exp(r) + b_mag), and π is put aside.
    /// </summary>
    public abstract void GatedMagnitude(CsrMatrix codes, MatrixView gateBias, MatrixView logScale, MatrixView magnitudeBias, Span<float> gateScores);

    /// <summary>Backward of <see cref="GatedMagnitude"/>.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="gateScores">π, an entry each.</param>
    /// <param name="gateBias">[1, F]</param>
    /// <param name="logScale">r, [1, F]</param>
    /// <param name="codeGradients">∂loss/∂code on the way in; ∂loss/∂b_mag of the entry on the way out (0 where the code is 0).</param>
    /// <param name="gateGradients">∂loss/∂π.</param>
    /// <param name="productGradients">Receives ∂loss/∂(W s) = magnitude gradient · exp(r) + gate gradient.</param>
    /// <param name="logScaleGradients">Receives ∂loss/∂r of the entry.</param>
    public abstract void GatedMagnitudeBackward(
        CsrMatrix codes, ReadOnlySpan<float> gateScores, MatrixView gateBias, MatrixView logScale,
        Span<float> codeGradients, ReadOnlySpan<float> gateGradients, Span<float> productGradients, Span<float> logScaleGradients);

    /// <summary>Sets silence[f] to 0 where latent f has an entry whose value is not zero, else adds <paramref name="increment"/>; adds the number of such entries to firings[f] if asked.</summary>
    public abstract void CountSilence(CsrTranspose transpose, ReadOnlySpan<float> values, Span<long> silence, long increment, Span<long> firings);

    /// <summary>Number of entries whose value is not zero.</summary>
    public abstract long CountNonZero(ReadOnlySpan<float> values);

    /// <summary>Zeroes <c>x</c> wherever <c>mask</c> is zero (or not positive, if asked); same shape.</summary>
    public abstract void MaskBy(MatrixView mask, bool positiveOnly, MatrixView x);

    /// <summary>Multiplies column j of x by <c>scales[0, j]</c>.</summary>
    public abstract void ScaleColumns(MatrixView x, MatrixView scales);

    /// <summary>x ← max(x, 0), element by element.</summary>
    public abstract void Rectify(MatrixView x);

    /// <summary>
    /// Hinge below thresholds: r = max(0, θ − h) for each score; scores become −alpha · n · 1[r &gt; 0] (∂/∂h), sums[f] = Σ r and counts[f] = Σ 1[r &gt; 0].
    /// </summary>
    public abstract void HingeBelow(MatrixView scores, MatrixView thresholds, MatrixView norms, float alpha, MatrixView sums, MatrixView counts);

    /// <summary>Adds a multiple of each row: <c>y[r, :] += scales[0, r] · x[r, :]</c>.</summary>
    public abstract void AddScaledRows(MatrixView x, MatrixView scales, MatrixView y);
}

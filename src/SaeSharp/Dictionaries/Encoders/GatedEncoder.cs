using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries.Encoders;

/// <summary>Gate π = W s + b_gate; magnitude max(0, (W s) · exp(r) + b_mag) where π is positive.</summary>
/// <remarks>Rajamanoharan et al. 2024. One product W s serves both paths; the gate itself passes no gradient.</remarks>
internal sealed class GatedEncoder(Parameter weights, Parameter gateBias, Parameter logScale, Parameter magnitudeBias) : Encoder(weights)
{
    public Parameter LogScale { get; } = logScale;

    public Parameter MagnitudeBias { get; } = magnitudeBias;

    public override Parameter ScoreBias { get; } = gateBias;

    public override IReadOnlyList<Parameter> Parameters { get; } = [weights, gateBias, logScale, magnitudeBias];

    public override void Activate(CsrMatrix codes, Span<float> scores) =>
        Weights.Value.Device.GatedMagnitude(codes, ScoreBias.Value, LogScale.Value, MagnitudeBias.Value, scores);

    /// <summary>Backward of both paths.</summary>
    /// <param name="device">Where.</param>
    /// <param name="batch">Its code gradients hold ∂loss/∂z, its score gradients ∂loss/∂π; afterwards the latter hold ∂loss/∂(W s).</param>
    public void Backward(Device device, CodeBatch batch)
    {
        Span<float> gate = batch.ScoreGradients;
        device.SparseColumnSums(batch.Transpose, gate, ScoreBias.Gradient, ScoreBias.TakeBeta());
        device.GatedMagnitudeBackward(batch.Codes, batch.Scores, ScoreBias.Value, LogScale.Value, batch.CodeGradients, gate, gate, batch.Extra);
        device.SparseColumnSums(batch.Transpose, batch.CodeGradients, MagnitudeBias.Gradient, MagnitudeBias.TakeBeta());
        device.SparseColumnSums(batch.Transpose, batch.Extra, LogScale.Gradient, LogScale.TakeBeta());
    }
}

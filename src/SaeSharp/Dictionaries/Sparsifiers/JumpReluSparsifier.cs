using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries.Sparsifiers;

/// <summary>Every score above its latent's learned threshold.</summary>
/// <remarks>
/// In training the scores just below the threshold are kept too, as zeros: the rectangle kernel sends them a gradient.
/// The trained tensor is the threshold, or its logarithm where a published run is to be followed.
/// </remarks>
internal sealed class JumpReluSparsifier : Sparsifier
{
    private readonly SparsifierSpec _spec;
    private readonly Matrix _thresholds;
    private readonly Matrix _selectAbove;
    private bool _training;

    public JumpReluSparsifier(Device device, SparsifierSpec spec, Parameter threshold)
    {
        _spec = spec;
        Parameter = threshold;
        _thresholds = device.Allocate(1, threshold.Value.Columns);
        _selectAbove = device.Allocate(1, threshold.Value.Columns);
        Parameters = [threshold];
    }

    public Parameter Parameter { get; }

    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>θ, [1, F], as of the last <see cref="Begin"/>.</summary>
    public Matrix Thresholds => _thresholds;

    public override void Begin(int rows, bool training)
    {
        _training = training;
        Refresh();
        float below = training ? (float)(_spec.Bandwidth / 2) : 0f;
        Span<float> bounds = _selectAbove.AsSpan();
        _thresholds.AsSpan().CopyTo(bounds);
        // Outside training a code is a ReLU of the score too, so a threshold below zero lets nothing more through.
        for (int f = 0; f < bounds.Length; f++) bounds[f] = training ? bounds[f] - below : MathF.Max(0f, bounds[f]);
    }

    public override void Select(Device device, MatrixView scores, MatrixView bias, MatrixView weights, int firstRow, CsrMatrix codes) =>
        device.SelectAbove(scores, bias, default, _selectAbove, firstRow, codes);

    public override void Activate(Device device, CsrMatrix codes, Span<float> scores)
    {
        if (_training) device.JumpRelu(codes, _thresholds, scores);
    }

    /// <summary>Turns the gradient of the thresholds into that of the trained tensor.</summary>
    public void FinishGradient()
    {
        if (_spec.ThresholdParameter != ThresholdParameter.Log) return;
        Parameter.Value.Device.Multiply(Parameter.Gradient, _thresholds, Parameter.Gradient);
    }

    public override void Dispose()
    {
        base.Dispose();
        _thresholds.Dispose();
        _selectAbove.Dispose();
    }

    private void Refresh()
    {
        ReadOnlySpan<float> trained = Parameter.Value.AsSpan();
        Span<float> theta = _thresholds.AsSpan();
        if (_spec.ThresholdParameter == ThresholdParameter.Direct) trained.CopyTo(theta);
        else System.Numerics.Tensors.TensorPrimitives.Exp(trained, theta);
    }
}

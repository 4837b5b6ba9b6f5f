using SaeSharp.Dictionaries;
using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Dictionaries.Sparsifiers;
using SaeSharp.Numerics;

namespace SaeSharp.Training;

/// <summary>Figures of a batch that training itself does not need; computed at logged steps only.</summary>
internal sealed class BatchDiagnostics(Device device, int width) : IDisposable
{
    private readonly Matrix _sums = device.Allocate(1, width);
    private Matrix? _scratch;

    /// <summary>Σ‖x − x̄‖² over the batch.</summary>
    public double Variance(MatrixView x)
    {
        device.ColumnSums(x, _sums);
        return device.SumOfSquares(x) - (device.SumOfSquares(_sums) / x.Rows);
    }

    /// <summary>Everything that is logged of a dictionary. Called right after its step.</summary>
    public DictionaryMetrics Measure(SparseDictionary dictionary, TrainingStep training, StepResult result, MatrixView x, double variance)
    {
        float scale = training.OutputGradientScale;
        double error = device.SumOfSquares(training.OutputGradient) / ((double)scale * scale);
        double? quadratic = null;
        double? cubic = null;
        if (dictionary.Decoder.Head is PolynomialHead { Order: > 1 } head)
        {
            MatrixView scratch = Scratch(x.Rows);
            device.Copy(x, scratch);
            device.Axpby(1f / scale, training.OutputGradient, 1f, scratch);
            double energy = device.SumOfSquares(scratch);
            (double pairs, double triples) = head.TermEnergies(training.OutputInner, scratch);
            quadratic = pairs / energy;
            cubic = head.Order > 2 ? triples / energy : null;
        }

        return new DictionaryMetrics
        {
            Name = dictionary.Spec.Name,
            Losses = result.Losses,
            Fvu = error / variance,
            GradientNorm = result.GradientNorm,
            LearningRate = result.LearningRate,
            Drift = dictionary.Spec.Decoder.Kind == DecoderKind.Polynomial ? result.Drift : null,
            Threshold = dictionary.Sparsifier is BatchTopKSparsifier ? dictionary.Threshold : null,
            Lambda2 = Scalar(dictionary, "lambda2"),
            Lambda3 = Scalar(dictionary, "lambda3"),
            QuadraticShare = quadratic,
            CubicShare = cubic,
        };
    }

    public void Dispose()
    {
        _sums.Dispose();
        _scratch?.Dispose();
    }

    private static double? Scalar(SparseDictionary dictionary, string name) =>
        dictionary.TryGetParameter(name, out Parameter? parameter) ? parameter.Value[0, 0] : null;

    private MatrixView Scratch(int rows)
    {
        if (_scratch is null || _scratch.Rows < rows)
        {
            _scratch?.Dispose();
            _scratch = device.Allocate(rows, width);
        }

        return _scratch.RowRange(0, rows);
    }
}

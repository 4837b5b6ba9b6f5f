using MathNet.Numerics.LinearAlgebra;
using SaeSharp.Dictionaries;
using SaeSharp.Numerics;

namespace SaeSharp.Evaluation.Geometry;

/// <summary>How the linear decoder directions α_f lie to each other.</summary>
/// <param name="Latents">Latents that were looked at: those given whose direction is not zero.</param>
/// <param name="Norms">‖α_f‖ of every latent of the dictionary, [F].</param>
/// <param name="NearestCosine">For each latent looked at, the largest |cosine| with another.</param>
/// <param name="MeanSquaredCosine">Mean of cos² over pairs; 1/D for directions without any structure.</param>
/// <param name="SingularValues">Of the matrix of unit directions, descending, D of them.</param>
/// <remarks>For a polynomial decoder these are the linear directions U C1ᵀ, which say nothing about its pair and triple terms.</remarks>
public sealed record DecoderGeometry(
    IReadOnlyList<int> Latents, double[] Norms, double[] NearestCosine, double MeanSquaredCosine, double[] SingularValues)
{
    private const int Block = 1024;

    /// <summary>Definitions of the numbers that are given.</summary>
    public static IReadOnlyList<MetricDefinition> Metrics { get; } =
    [
        new("coherence", "Coherence", "", 1, Better.Lower, "largest |cos| of two linear decoder directions (mutual coherence)"),
        new("nearest_cosine", "Nearest cosine", "", 1, Better.Lower, "mean over latents of the largest |cos| with another latent's linear decoder direction"),
        new("squared_cosine", "cos²", "", 1, Better.Lower, "mean over pairs of the squared cosine of linear decoder directions"),
        new("effective_rank", "Effective rank", "", 1, Better.Higher, "exp of the entropy of singular values / their sum, of the matrix of unit linear decoder directions (Roy and Vetterli 2007)"),
        new("participation_ratio", "Participation ratio", "", 1, Better.Higher, "(sum s^2)^2 / sum s^4 over singular values s of the matrix of unit linear decoder directions"),
        new("direction_norm", "Direction norm", "", 1, Better.Neither, "mean norm of the linear decoder directions"),
    ];

    /// <summary>Largest |cosine| of two directions.</summary>
    public double Coherence => NearestCosine.Length == 0 ? double.NaN : NearestCosine.Max();

    /// <summary>Exponential of the entropy of the singular values' shares: how many dimensions the directions fill.</summary>
    public double EffectiveRank
    {
        get
        {
            double sum = SingularValues.Sum();
            return Math.Exp(-SingularValues.Where(value => value > 0).Sum(value => value / sum * Math.Log(value / sum)));
        }
    }

    /// <summary>(Σs²)² / Σs⁴.</summary>
    public double ParticipationRatio
    {
        get
        {
            double squares = SingularValues.Sum(value => value * value), fourth = SingularValues.Sum(value => value * value * value * value);
            return squares * squares / fourth;
        }
    }

    /// <summary>Looks at the directions of a dictionary.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="latents">Only these latents, ascending (the ones that are alive, say); null for all.</param>
    /// <param name="cancel">Stops between blocks.</param>
    /// <remarks>D·F² FLOP for all cosines, in blocks: no [F, F] table. Memory: the directions and 8 MB.</remarks>
    public static DecoderGeometry Of(SparseDictionary dictionary, IReadOnlyList<int>? latents = null, CancellationToken cancel = default)
    {
        Device device = dictionary.Device;
        using Matrix directions = device.Allocate(dictionary.Latents, dictionary.Width), norms = device.Allocate(1, dictionary.Latents);
        dictionary.Directions(directions);
        device.RowNorms(directions, norms);
        double[] lengths = [.. norms.AsSpan().ToArray().Select(norm => (double)norm)];
        int[] chosen = [.. (latents ?? [.. Enumerable.Range(0, dictionary.Latents)]).Where(latent => lengths[latent] > 0)];
        using Matrix unit = device.Allocate(chosen.Length, dictionary.Width);
        device.GatherRows(directions, chosen, unit);
        device.NormalizeRows(unit);
        (double[] nearest, double squares) = Cosines(device, unit, cancel);
        double pairs = (double)chosen.Length * (chosen.Length - 1) / 2;
        return new DecoderGeometry(chosen, lengths, nearest, squares / pairs, Spectrum(device, unit));
    }

    /// <summary>The numbers with their definitions.</summary>
    public IReadOnlyList<MetricValue> Values()
    {
        double[] values =
        [
            Coherence, NearestCosine.DefaultIfEmpty(double.NaN).Average(), MeanSquaredCosine, EffectiveRank, ParticipationRatio, Norms.DefaultIfEmpty(double.NaN).Average(),
        ];
        return [.. Metrics.Select((metric, i) => new MetricValue(metric, values[i]))];
    }

    private static (double[] Nearest, double Squares) Cosines(Device device, Matrix unit, CancellationToken cancel)
    {
        double[] nearest = new double[unit.Rows];
        double squares = 0;
        int size = Math.Min(Block, unit.Rows);
        using Matrix products = device.Allocate(size, size);
        for (int top = 0; top < unit.Rows; top += size)
        {
            for (int left = top; left < unit.Rows; left += size)
            {
                cancel.ThrowIfCancellationRequested();
                int rows = Math.Min(size, unit.Rows - top), columns = Math.Min(size, unit.Rows - left);
                MatrixView block = products.RowRange(0, rows).LeadingColumns(columns);
                device.Gemm(GemmShape.NT, unit.RowRange(top, rows), unit.RowRange(left, columns), block);
                for (int i = 0; i < rows; i++)
                {
                    ReadOnlySpan<float> row = block.Row(i);
                    for (int j = top == left ? i + 1 : 0; j < columns; j++)
                    {
                        double cosine = Math.Min(1, Math.Abs((double)row[j]));
                        squares += cosine * cosine;
                        nearest[top + i] = Math.Max(nearest[top + i], cosine);
                        nearest[left + j] = Math.Max(nearest[left + j], cosine);
                    }
                }
            }
        }

        return (nearest, squares);
    }

    /// <summary>Singular values as roots of the eigenvalues of the [D, D] Gram matrix.</summary>
    private static double[] Spectrum(Device device, Matrix unit)
    {
        using Matrix gram = device.Allocate(unit.Columns, unit.Columns);
        device.Gemm(GemmShape.TN, unit, unit, gram);
        Matrix<double> symmetric = Matrix<double>.Build.Dense(unit.Columns, unit.Columns, (i, j) => gram[Math.Max(i, j), Math.Min(i, j)]);
        // Float32 products leave eigenvalues of about 1e-7 of the largest where there are none.
        double[] eigenvalues = [.. symmetric.Evd(Symmetricity.Symmetric).EigenValues.Select(value => value.Real)];
        double noise = 1e-6 * eigenvalues.Max();
        return [.. eigenvalues.Select(value => value > noise ? Math.Sqrt(value) : 0).OrderDescending()];
    }
}

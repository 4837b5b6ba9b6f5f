using SaeSharp.Dictionaries;
using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Tests.Support;
using SaeSharp.Training;

namespace SaeSharp.Tests.Training;

/// <summary>What holds after each step: orthonormal U, unit rows; and what is taken out of gradients before it.</summary>
public sealed class ConstraintTests : IDisposable
{
    private const int Width = 12;
    private const int Latents = 60;

    /// <summary>Cholesky-QR of a float32 matrix that is nearly orthonormal: rounding of 60-term sums.</summary>
    private const double Orthonormal = 2e-6;

    private static readonly DictionarySpec Polynomial = new()
    {
        Latents = Latents,
        Sparsifier = new SparsifierSpec { K = 4 },
        Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Ranks = [Width, 4, 3], Start = DecoderStart.Published },
    };

    private readonly CpuDevice _device = new();

    [Fact]
    public void Retraction_keeps_U_orthonormal_at_every_step()
    {
        using SparseDictionary dictionary = SparseDictionary.Create(Polynomial, Width, _device, seed: 1);
        using var training = new TrainingStep(dictionary, new TrainingSpec { LearningRate = 0.01 }, 30);
        using Matrix x = Inputs();
        for (int step = 0; step < 30; step++)
        {
            StepResult result = training.Run(x, step);
            Assert.InRange(DistanceFromOrthonormal(dictionary["U"].Value), 0, Orthonormal);

            // Steps of 0.01 an entry leave U visibly off before it is restored.
            Assert.InRange(result.Drift, 1e-4, 1);
        }
    }

    [Fact]
    public void Without_retraction_U_drifts_away()
    {
        DictionarySpec spec = Polynomial with { Decoder = Polynomial.Decoder with { Retraction = false } };
        using SparseDictionary dictionary = SparseDictionary.Create(spec, Width, _device, seed: 1);
        using var training = new TrainingStep(dictionary, new TrainingSpec { LearningRate = 0.01 }, 30);
        using Matrix x = Inputs();
        for (int step = 0; step < 30; step++) Assert.Equal(0, training.Run(x, step).Drift);
        Assert.InRange(DistanceFromOrthonormal(dictionary["U"].Value), 1e-2, 10);
    }

    [Fact]
    public void Retraction_leaves_leading_subspace_unchanged()
    {
        // Gram–Schmidt order: the first columns of Q depend on the first columns of U alone.
        using Matrix all = Random(Latents, Width, 5);
        using Matrix leading = _device.Allocate(Latents, 4);
        _device.Copy(all.LeadingColumns(4), leading);
        using Matrix before = _device.Allocate(Latents, 4);
        _device.Copy(leading, before);
        _device.Orthonormalize(all);
        _device.Orthonormalize(leading);
        Assert.InRange(Dense.Error(Dense.Of(all.LeadingColumns(4)), Dense.Of(leading)), 0, 5e-6);

        // And they span what the columns spanned before: the projection on Q gives them back.
        using Matrix overlap = _device.Allocate(4, 4);
        _device.Gemm(GemmShape.TN, leading, before, overlap);
        using Matrix back = _device.Allocate(Latents, 4);
        _device.Gemm(GemmShape.NN, leading, overlap, back);
        Assert.InRange(Dense.Error(Dense.Of(back), Dense.Of(before)), 0, 5e-6);
    }

    [Fact]
    public void Retraction_of_separate_projections_makes_their_prefixes_orthonormal_together()
    {
        DictionarySpec spec = Polynomial with { Decoder = Polynomial.Decoder with { SharedProjection = false } };
        using SparseDictionary dictionary = SparseDictionary.Create(spec, Width, _device, seed: 1);
        using var constraints = new Constraints(dictionary);
        constraints.Restore();
        var head = (SeparatePolynomialHead)dictionary.Decoder.Head;
        MatrixView table = dictionary["U"].Value;
        using Matrix prefixes = _device.Allocate(Latents, 9);
        for (int i = 0; i < 3; i++)
        {
            Assert.InRange(DistanceFromOrthonormal(head.Block(table, i, head.Ranks[i])), 0, Orthonormal);
            for (int f = 0; f < Latents; f++) head.Block(table, i, 3).Row(f).CopyTo(prefixes.Row(f)[(3 * i)..]);
        }

        Assert.InRange(DistanceFromOrthonormal(prefixes), 0, Orthonormal);
    }

    [Fact]
    public void Tangent_projection_takes_out_the_part_that_the_retraction_would_undo()
    {
        DictionarySpec spec = Polynomial with { Decoder = Polynomial.Decoder with { TangentProjection = true } };
        using SparseDictionary dictionary = SparseDictionary.Create(spec, Width, _device, seed: 1);
        using var constraints = new Constraints(dictionary);
        Parameter u = dictionary["U"];
        u.TakeBeta();
        using Matrix gradient = Random(Latents, Width, 6);
        _device.Copy(gradient, u.Gradient);
        constraints.ProjectGradients();
        double[] once = Dense.Of(u.Gradient);

        // Uᵀ g is antisymmetric in the tangent space …
        using Matrix overlap = _device.Allocate(Width, Width);
        _device.Gemm(GemmShape.TN, u.Value, u.Gradient, overlap);
        for (int i = 0; i < Width; i++)
        {
            for (int j = 0; j < Width; j++) Assert.InRange(overlap[i, j] + overlap[j, i], -2e-5, 2e-5);
        }

        // … it is a projection, and it took something away.
        constraints.ProjectGradients();
        Assert.InRange(Dense.Error(Dense.Of(u.Gradient), once), 0, 5e-6);
        Assert.InRange(Dense.Error(once, Dense.Of(gradient)), 0.05, 1);
    }

    [Fact]
    public void Unit_rows_are_kept_and_their_gradients_lie_across_them()
    {
        var spec = new DictionarySpec { Latents = Latents, Sparsifier = new SparsifierSpec { K = 4 }, Decoder = new DecoderSpec { Rows = DecoderRows.Unit } };
        using SparseDictionary dictionary = SparseDictionary.Create(spec, Width, _device, seed: 1);
        using var training = new TrainingStep(dictionary, new TrainingSpec { LearningRate = 0.01 }, 10);
        using Matrix x = Inputs();
        using Matrix before = _device.Allocate(Latents, Width);
        using Matrix numbers = _device.Allocate(1, Latents);
        for (int step = 0; step < 10; step++)
        {
            _device.Copy(dictionary["W_dec"].Value, before);
            training.Run(x, step);
            _device.RowNorms(dictionary["W_dec"].Value, numbers);
            Assert.All(Dense.Of(numbers), norm => Assert.InRange(norm, 1 - 1e-6, 1 + 1e-6));
            _device.RowDots(dictionary["W_dec"].Gradient, before, numbers);
            double size = Dense.Of(dictionary["W_dec"].Gradient).Max(Math.Abs);
            Assert.All(Dense.Of(numbers), dot => Assert.InRange(dot / size, -2e-6, 2e-6));
        }
    }

    public void Dispose() => _device.Dispose();

    private Matrix Inputs() => Random(64, Width, 2);

    private Matrix Random(int rows, int columns, ulong seed)
    {
        Matrix matrix = _device.Allocate(rows, columns);
        new PhiloxStream(seed).FillNormal(matrix.AsSpan());
        return matrix;
    }

    private double DistanceFromOrthonormal(MatrixView u)
    {
        using Matrix gram = _device.Allocate(u.Columns, u.Columns);
        _device.Gemm(GemmShape.TN, u, u, gram);
        for (int i = 0; i < u.Columns; i++) gram[i, i] -= 1f;
        return Dense.Of(gram).Max(Math.Abs);
    }
}

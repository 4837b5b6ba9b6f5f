using System.Text.Json;
using SaeSharp.Dictionaries;
using SaeSharp.Evaluation;
using SaeSharp.Evaluation.Data;
using SaeSharp.Evaluation.LanguageModeling;
using SaeSharp.Evaluation.Reconstruction;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Evaluation;

/// <summary>Metrics against reference values made by separate float64 code (Data/metrics/*.json say how).</summary>
public sealed class GoldMetricTests
{
    /// <summary>The manifests' tolerance for float32 codes and reconstructions.</summary>
    private const double Float32 = 1e-5;

    [Theory]
    [InlineData("all_tokens")]
    [InlineData("special_token_0_excluded")]
    public void Reconstruction_metrics_of_a_polynomial_dictionary_are_the_reference_ones(string variant)
    {
        using CpuDevice device = new(1);
        using SafetensorsFile file = SafetensorsFile.Open(Path("reconstruction.safetensors"));
        using JsonDocument manifest = JsonFile.Read(Path("reconstruction.json"));
        JsonElement expected = manifest.RootElement.GetProperty("own").GetProperty(variant);
        using SparseDictionary dictionary = ReadPolynomial(file, device);
        using Batches batches = new(file, device, variant == "all_tokens" ? -1 : 0);

        EvaluationResult result = Assert.Single(new ReconstructionEvaluator().Evaluate(new EvaluationContext([dictionary], batches), null, CancellationToken.None));

        foreach ((string ours, string theirs) in new[] { ("fvu", "fvu"), ("mse_per_token", "mse_per_token"), ("mse_per_element", "mse_per_element"), ("l0", "l0") })
            Near(expected.GetProperty(theirs).GetDouble(), result[ours]);
        Assert.Equal(1 - (expected.GetProperty("alive").GetInt32() / 48.0), result["dead_share"], 12);
        Assert.Equal(expected.GetProperty("tokens").GetInt64(), result.Counts["tokens"]);
    }

    [Fact]
    public void Cross_entropy_and_divergence_are_the_reference_ones()
    {
        using CpuDevice device = new(1);
        using SafetensorsFile file = SafetensorsFile.Open(Path("cross_entropy.safetensors"));
        using JsonDocument manifest = JsonFile.Read(Path("cross_entropy.json"));
        JsonElement expected = manifest.RootElement;
        CrossEntropyTally whole = new(), masked = new();
        int[] targets = Targets(file, out bool[] mask);
        SpliceLosses losses = Losses(file, device, targets);
        bool[] padding = new bool[targets.Length];
        whole.Add(losses, targets, padding);
        masked.Add(losses, [.. targets.Select((target, i) => target >= 0 && mask[i + 1] ? target : -1)], padding);

        EvaluationResult all = new("gold", whole.Values(), new Dictionary<string, long>()), part = new("gold", masked.Values(), new Dictionary<string, long>());
        foreach ((string ours, string theirs) in new[]
                 {
                     ("ce_clean", "ce_clean"), ("ce_spliced", "ce_sae"), ("ce_zero", "ce_zero"), ("ce_recovered", "ce_recovered"),
                     ("kl", "kl_sae"), ("kl_zero", "kl_zero"), ("kl_score", "kl_score"),
                 })
            Near(expected.GetProperty(theirs).GetDouble(), all[ours]);
        foreach ((string ours, string theirs) in new[] { ("ce_clean", "ce_clean"), ("ce_spliced", "ce_sae"), ("ce_zero", "ce_zero") })
            Near(expected.GetProperty("masked").GetProperty(theirs).GetDouble(), part[ours]);
        Assert.Equal(24, whole.Predictions);
    }

    private static SpliceLosses Losses(SafetensorsFile file, CpuDevice device, int[] targets)
    {
        using Matrix clean = Logits("clean"), spliced = Logits("sae"), zero = Logits("zero");
        return new SpliceLosses(CrossEntropy(clean), CrossEntropy(spliced), CrossEntropy(zero), Divergence(spliced), Divergence(zero));

        Matrix Logits(string name)
        {
            Matrix matrix = device.Allocate(targets.Length, 17);
            file.ReadFloat32($"logits.{name}", matrix.AsSpan());
            return matrix;
        }

        double[] CrossEntropy(Matrix logits)
        {
            double[] nats = new double[targets.Length];
            device.CrossEntropy(logits, targets, nats);
            return nats;
        }

        double[] Divergence(Matrix other)
        {
            double[] nats = new double[targets.Length];
            device.Divergence(clean, other, nats);
            return nats;
        }
    }

    private static int[] Targets(SafetensorsFile file, out bool[] mask)
    {
        long[] tokens = file.ReadInt64("tokens");
        mask = [.. file.ReadInt64("mask").Select(value => value != 0)];
        return [.. tokens.Select((_, i) => i % 9 == 8 ? -1 : (int)tokens[i + 1])];
    }

    private static SparseDictionary ReadPolynomial(SafetensorsFile file, CpuDevice device)
    {
        DictionarySpec spec = new()
        {
            Name = "gold",
            Latents = 48,
            Sparsifier = new SparsifierSpec { Kind = SparsifierKind.TopK, K = 6 },
            Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Ranks = [16, 5, 3] },
        };
        SparseDictionary dictionary = SparseDictionary.CreateEmpty(spec, 16, device);
        file.ReadFloat32Transposed("model.W_enc", dictionary["W_enc"].Value);
        foreach ((string stored, string name) in new[] { ("U_shared", "U"), ("C1", "C1"), ("C2", "C2"), ("C3", "C3"), ("b_enc", "b_enc"), ("b_dec", "b_dec"), ("lambda2", "lambda2"), ("lambda3", "lambda3") })
            file.ReadFloat32($"model.{stored}", dictionary[name].Value.AsSpan());
        return dictionary;
    }

    private static void Near(double expected, double actual) => Assert.InRange(actual, expected - (Float32 * Math.Abs(expected)), expected + (Float32 * Math.Abs(expected)));

    private static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "Data", "metrics", name);

    /// <summary>The reference's five batches of 48 vectors; vectors at one token id may be left out.</summary>
    private sealed class Batches : IVectorBatches, IDisposable
    {
        private readonly List<Matrix> _batches = [];
        private int _next;

        internal Batches(SafetensorsFile file, CpuDevice device, long excluded)
        {
            float[] x = file.ReadFloat32("x");
            long[] tokens = file.ReadInt64("tokens");
            for (int batch = 0; batch < 5; batch++)
            {
                int[] rows = [.. Enumerable.Range(batch * 48, 48).Where(row => tokens[row] != excluded)];
                Matrix matrix = device.Allocate(rows.Length, 16);
                for (int i = 0; i < rows.Length; i++) x.AsSpan(rows[i] * 16, 16).CopyTo(matrix.Row(i));
                _batches.Add(matrix);
            }
        }

        public int Width => 16;

        public int LargestBatch => 48;

        public long Count => 240;

        public IReadOnlyDictionary<string, long> Counts => new Dictionary<string, long> { ["tokens"] = _batches.Sum(batch => batch.Rows) };

        public void Restart() => _next = 0;

        public bool TryNext(out MatrixView vectors)
        {
            vectors = _next < _batches.Count ? _batches[_next].View : default;
            return _next++ < _batches.Count;
        }

        public void Dispose() => _batches.ForEach(batch => batch.Dispose());
    }
}

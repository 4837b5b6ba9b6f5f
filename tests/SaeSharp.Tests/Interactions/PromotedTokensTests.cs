using SaeSharp.Interactions;
using SaeSharp.Models;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Interactions;

/// <summary>On the bundled model.</summary>
public sealed class PromotedTokensTests : IDisposable
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "assets", "models", "gpt2-tiny");

    private readonly CpuDevice _device = new(2);
    private readonly LanguageModel _model;

    public PromotedTokensTests() => _model = LanguageModel.Load(Folder, _device);

    public void Dispose()
    {
        _model.Dispose();
        _device.Dispose();
    }

    /// <summary>W_U(γ ∘ centred d / its deviation), from the file; float32 products of logits of order 1: 1e-3.</summary>
    [Fact]
    public void Promoted_tokens_are_the_direction_through_gain_and_unembedding()
    {
        int width = _model.Description.Width;
        const int Count = 20; // more than go through the model together
        using Matrix directions = _device.Allocate(Count, width);
        new PhiloxStream(5).FillNormal(directions.AsSpan(), 0.01, 0.02);
        directions.Row(3).Clear();
        IReadOnlyList<IReadOnlyList<PromotedToken>> promoted = PromotedTokens.Of(_model, directions, 5);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Folder, "model.safetensors"));
        float[] gain = file.ReadFloat32("transformer.ln_f.weight"), unembedding = file.ReadFloat32("transformer.wte.weight");
        Assert.Equal(Count, promoted.Count);
        Assert.Empty(promoted[3]);
        foreach (int i in (int[])[0, 15, 16, 19])
        {
            float[] direction = directions.Row(i).ToArray();
            double mean = direction.Average(), deviation = Math.Sqrt(direction.Average(value => (value - mean) * (value - mean)));
            double[] normed = [.. direction.Select((value, d) => gain[d] * (value - mean) / deviation)];
            double[] logits = [.. Enumerable.Range(0, _model.Description.VocabularySize).Select(id => normed.Select((value, d) => value * unembedding[(id * width) + d]).Sum())];
            double[] expected = [.. logits.OrderDescending().Take(5)];
            for (int rank = 0; rank < 5; rank++)
            {
                Assert.Equal(expected[rank], promoted[i][rank].Logit, 1e-3);
                Assert.Equal(logits[promoted[i][rank].Id], promoted[i][rank].Logit, 1e-3);
            }
        }
    }

    [Fact]
    public void Length_does_not_matter_and_the_opposite_direction_suppresses()
    {
        using Matrix directions = _device.Allocate(3, _model.Description.Width);
        new PhiloxStream(6).FillNormal(directions.Row(0));
        for (int d = 0; d < directions.Columns; d++) (directions[1, d], directions[2, d]) = (1e-4f * directions[0, d], -directions[0, d]);
        int all = _model.Description.VocabularySize;
        IReadOnlyList<IReadOnlyList<PromotedToken>> promoted = PromotedTokens.Of(_model, directions, all);
        Assert.Equal(promoted[0][0].Logit, promoted[1][0].Logit, 1e-3);
        Assert.Equal(promoted[0][0].Logit, -promoted[2][all - 1].Logit, 1e-5);
        Assert.Equal(promoted[0][0].Id, promoted[2][all - 1].Id);
    }

    [Fact]
    public void Directions_of_another_width_are_refused()
    {
        using Matrix directions = _device.Allocate(1, 8);
        Assert.Contains("width 8", Assert.Throws<InputException>(() => PromotedTokens.Of(_model, directions, 3)).Message, StringComparison.Ordinal);
    }
}

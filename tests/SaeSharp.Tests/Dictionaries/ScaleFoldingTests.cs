using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using SaeSharp.Tests.Support;
using SaeSharp.Tests.Training;

namespace SaeSharp.Tests.Dictionaries;

/// <summary>A dictionary of scaled inputs, folded, is a dictionary of plain inputs with the same codes.</summary>
public sealed class ScaleFoldingTests : IDisposable
{
    private const int Width = 7;

    private readonly CpuDevice _device = new();

    /// <summary>Every combination of encoder, sparsifier and decoder; losses play no part here.</summary>
    public static TheoryData<string> Cases => [.. GradientCases.All(23).DistinctBy(s => (s.Encoder, s.Sparsifier, s.Decoder.Kind, s.Decoder.SharedProjection)).Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Folding_keeps_codes_and_scales_reconstructions_back(string name)
    {
        DictionarySpec spec = GradientCases.All(23).Single(s => s.Name == name);
        using SparseDictionary dictionary = SparseDictionary.CreateEmpty(spec, Width, _device);
        GradientCases.Fill(dictionary, seed: 3);
        dictionary.Threshold = 0.4;
        using Matrix x = _device.Allocate(64, Width);
        new PhiloxStream(8).FillNormal(x.AsSpan());

        // A power of two, so that scaling rounds nothing: codes must be the same bits.
        const double Scale = 4;
        using Matrix scaled = _device.Allocate(64, Width);
        _device.Axpby((float)Scale, x, 0f, scaled);
        (double[] codes, double[] output) = Run(dictionary, scaled);
        dictionary.FoldInputScale(Scale);
        (double[] foldedCodes, double[] foldedOutput) = Run(dictionary, x);

        Assert.Contains(codes, z => z != 0);
        Assert.Equal(codes, foldedCodes);
        Assert.InRange(Dense.Error([.. foldedOutput.Select(v => v * Scale)], output), 0, 2e-6);
    }

    [Fact]
    public void Any_scale_keeps_reconstructions_to_rounding()
    {
        DictionarySpec spec = GradientCases.All(23).First(s => s.Decoder.Kind == DecoderKind.Polynomial && s.Decoder.Order == 3);
        using SparseDictionary dictionary = SparseDictionary.CreateEmpty(spec, Width, _device);
        GradientCases.Fill(dictionary, seed: 3);
        using Matrix x = _device.Allocate(64, Width);
        new PhiloxStream(8).FillNormal(x.AsSpan());
        using Matrix scaled = _device.Allocate(64, Width);
        _device.Axpby(0.37f, x, 0f, scaled);
        (double[] codes, double[] output) = Run(dictionary, scaled);
        dictionary.FoldInputScale(0.37f);
        (double[] foldedCodes, double[] foldedOutput) = Run(dictionary, x);
        Assert.InRange(Dense.Error(foldedCodes, codes), 0, 2e-6);
        Assert.InRange(Dense.Error([.. foldedOutput.Select(v => v * 0.37f)], output), 0, 5e-6);
    }

    public void Dispose() => _device.Dispose();

    private (double[] Codes, double[] Output) Run(SparseDictionary dictionary, MatrixView x)
    {
        using CsrMatrix codes = _device.AllocateCsr(x.Rows, dictionary.Latents, 64);
        using Matrix output = _device.Allocate(x.Rows, dictionary.Width);
        dictionary.Encode(x, codes);
        dictionary.Decode(codes, output);
        return (Dense.Of(codes), Dense.Of(output));
    }
}

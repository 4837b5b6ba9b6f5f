using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Tests.Support;

namespace SaeSharp.Tests.Gold;

/// <summary>What upstream's PolySAE class offers beside training: retraction, directions, norms, scale folding, ∂x̂/∂z.</summary>
public sealed class GoldUtilitiesTests : IDisposable
{
    /// <summary>The manifest's tolerance for float32.</summary>
    private const double Tolerance = 1e-5;

    private readonly CpuDevice _device = new();
    private readonly SafetensorsFile _gold = SafetensorsFile.Open(Path.Combine(AppContext.BaseDirectory, "Data", "gold", "polysae", "utilities.safetensors"));
    private readonly SparseDictionary _dictionary;
    private readonly Matrix _x;
    private readonly CsrMatrix _codes;

    public GoldUtilitiesTests()
    {
        var spec = new DictionarySpec
        {
            Latents = 48,
            Sparsifier = new SparsifierSpec { K = 6 },
            Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Ranks = [16, 5, 3] },
        };
        _dictionary = SparseDictionary.CreateEmpty(spec, 16, _device);
        foreach (Parameter parameter in _dictionary.Parameters)
        {
            if (parameter.Name == "W_enc") _gold.ReadFloat32Transposed("init.W_enc", parameter.Value);
            else _gold.ReadFloat32(parameter.Name == "U" ? "init.U_shared" : $"init.{parameter.Name}", parameter.Value.View);
        }

        _x = _device.Allocate(32, 16);
        _gold.ReadFloat32("x", _x.View);
        _codes = _device.AllocateCsr(32, 48, 64);
        _dictionary.Encode(_x, _codes);
    }

    [Theory]
    [InlineData("qr.after_adam_like_step")]
    [InlineData("qr.ill_conditioned")]
    public void Retraction_equals_the_positive_Householder_factor(string name)
    {
        using Matrix u = _device.Allocate(48, 16);
        _gold.ReadFloat32(name, u.View);
        _device.Orthonormalize(u);
        AssertClose($"{name}.result", Dense.Of(u));
    }

    [Fact]
    public void Codes_and_reconstruction_meet_upstream()
    {
        AssertClose("codes", Dense.Of(_codes));
        AssertClose("recon", Reconstruct());
    }

    [Fact]
    public void Directions_are_upstreams_before_it_normalises_them()
    {
        using Matrix directions = _device.Allocate(48, 16);
        _dictionary.Directions(directions);
        _device.NormalizeRows(directions);
        AssertClose("decoder_directions", Dense.Of(directions));
    }

    [Fact]
    public void Norm_of_a_lone_unit_code_includes_its_self_terms() => AssertClose("poly_decoder_norms", Dense.Of(_dictionary.DecoderNorms()));

    [Fact]
    public void Folding_the_input_scale_meets_upstream()
    {
        _dictionary.FoldInputScale(1.7);
        AssertClose("folded.C1", Dense.Of(_dictionary["C1"].Value));
        AssertClose("folded.C2", Dense.Of(_dictionary["C2"].Value));
        AssertClose("folded.C3", Dense.Of(_dictionary["C3"].Value));
        AssertClose("folded.b_dec", Dense.Of(_dictionary["b_dec"].Value));
        using Matrix transposed = _device.Allocate(16, 48);
        for (int f = 0; f < 48; f++)
        {
            for (int d = 0; d < 16; d++) transposed[d, f] = _dictionary["W_enc"].Value[f, d];
        }

        AssertClose("folded.W_enc", Dense.Of(transposed));

        _dictionary.Encode(_x, _codes);
        AssertClose("folded.recon", Reconstruct());
    }

    [Fact]
    public void Backward_pass_gives_the_jacobian_of_a_token()
    {
        using Matrix tokenA = _device.Allocate(32, 16);
        _device.SpMM(_codes, _codes.ValueSpan, _dictionary["U"].Value, tokenA, ColumnRange.All);
        using Matrix a = _device.Allocate(16, 16);
        using Matrix identity = _device.Allocate(16, 16);
        for (int i = 0; i < 16; i++)
        {
            tokenA.Row(0).CopyTo(a.Row(i));
            identity[i, i] = 1f;
        }

        using Matrix y = _device.Allocate(16, 16);
        using Matrix da = _device.Allocate(16, 16);
        using Matrix jacobian = _device.Allocate(16, 48);
        _dictionary.Decoder.Head.Reserve(16);
        _dictionary.Decoder.Head.Forward(a, y);
        _dictionary.Decoder.Head.Backward(a, identity, da);
        _device.Gemm(GemmShape.NT, da, _dictionary["U"].Value, jacobian);
        AssertClose("jacobian_token0", Dense.Of(jacobian));
    }

    public void Dispose()
    {
        _codes.Dispose();
        _x.Dispose();
        _dictionary.Dispose();
        _gold.Dispose();
        _device.Dispose();
    }

    private double[] Reconstruct()
    {
        using Matrix reconstruction = _device.Allocate(32, 16);
        _dictionary.Decode(_codes, reconstruction);
        return Dense.Of(reconstruction);
    }

    private void AssertClose(string key, double[] actual) => Assert.InRange(Dense.Error(actual, _gold.ReadFloat64($"f64.{key}")), 0, Tolerance);
}

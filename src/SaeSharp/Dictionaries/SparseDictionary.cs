using System.Diagnostics.CodeAnalysis;
using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Dictionaries.Encoders;
using SaeSharp.Dictionaries.Sparsifiers;
using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries;

/// <summary>A sparse dictionary: encoder, sparsifier and decoder over vectors of one width.</summary>
/// <remarks>
/// <para>Shapes: <c>B</c> tokens, <c>D</c> width, <c>F</c> latents. Codes are sparse [B, F]; nothing dense of that shape is made unless asked for.</para>
/// <para>Not thread-safe: each call uses scratch memory of the dictionary.</para>
/// </remarks>
public sealed class SparseDictionary : IDisposable
{
    private readonly Dictionary<string, Parameter> _byName;
    private readonly EncoderPass _encoderPass;
    private readonly EntryBuffer _scores;
    private Matrix? _inner;
    private Matrix? _norms;
    private Matrix? _directions;

    internal SparseDictionary(DictionarySpec spec, int width, Device device, DictionaryParts parts)
    {
        Spec = spec;
        Width = width;
        Device = device;
        Encoder = parts.Encoder;
        Sparsifier = parts.Sparsifier;
        Decoder = parts.Decoder;
        InnerDecoder = parts.InnerDecoder;
        DecoderBias = parts.DecoderBias;
        Parameters = [.. Encoder.Parameters, .. Sparsifier.Parameters, .. Decoder.Parameters, .. InnerDecoder?.Parameters ?? [], DecoderBias];
        _byName = Parameters.ToDictionary(p => p.Name, StringComparer.Ordinal);
        _encoderPass = new EncoderPass(this);
        _scores = new EntryBuffer(device);
    }

    /// <summary>What this dictionary is.</summary>
    public DictionarySpec Spec { get; }

    /// <summary>Width D of the vectors.</summary>
    public int Width { get; }

    /// <summary>Number of latents F.</summary>
    public int Latents => Spec.Latents;

    /// <summary>Where its numbers are.</summary>
    public Device Device { get; }

    /// <summary>Every trained tensor. Names and shapes are in <c>docs/formats.md</c>.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Number of trained scalars.</summary>
    public long ParameterCount => Parameters.Sum(p => p.Value.Length);

    /// <summary>BatchTopK's threshold, in units of the scores; 0 for other sparsifiers or before there is an estimate.</summary>
    public double Threshold
    {
        get => (Sparsifier as BatchTopKSparsifier)?.Threshold ?? 0;
        set
        {
            if (Sparsifier is BatchTopKSparsifier batch) batch.Threshold = value;
        }
    }

    internal Encoder Encoder { get; }

    internal Sparsifier Sparsifier { get; }

    internal DecoderTower Decoder { get; }

    /// <summary>The published PolyMatryoshka's separate linear table for inner levels.</summary>
    internal DecoderTower? InnerDecoder { get; }

    internal Parameter DecoderBias { get; }

    /// <summary>A tensor by name.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public Parameter this[string name] => _byName.TryGetValue(name, out Parameter? parameter)
        ? parameter
        : throw new KeyNotFoundException($"This dictionary has no tensor '{name}'; it has {string.Join(", ", _byName.Keys)}.");

    /// <summary>Makes a dictionary and starts its weights for training.</summary>
    /// <param name="spec">What it is.</param>
    /// <param name="width">Width D of the vectors.</param>
    /// <param name="device">Where its numbers live.</param>
    /// <param name="seed">Seed of the random start.</param>
    /// <exception cref="InputException">The description makes no sense.</exception>
    public static SparseDictionary Create(DictionarySpec spec, int width, Device device, ulong seed)
    {
        SparseDictionary dictionary = CreateEmpty(spec, width, device);
        DictionaryInitializer.Initialize(dictionary, seed);
        return dictionary;
    }

    /// <summary>Makes a dictionary whose weights are all zero, for a loader to fill.</summary>
    /// <inheritdoc cref="Create"/>
    public static SparseDictionary CreateEmpty(DictionarySpec spec, int width, Device device)
    {
        spec.Validate(width);
        return new SparseDictionary(spec, width, device, DictionaryParts.Build(spec, width, device));
    }

    /// <summary>A tensor by name, if there is one.</summary>
    public bool TryGetParameter(string name, [NotNullWhen(true)] out Parameter? parameter) => _byName.TryGetValue(name, out parameter);

    /// <summary>Codes by the rule for use outside training.</summary>
    /// <param name="x">[B, D]</param>
    /// <param name="codes">Rebuilt as [B, F].</param>
    public void Encode(MatrixView x, CsrMatrix codes) => _encoderPass.Run(x, false, SelectionWeights(), codes, _scores);

    /// <summary>Codes by the rule of training: BatchTopK selects over this batch.</summary>
    /// <inheritdoc cref="Encode"/>
    public void EncodeAsInTraining(MatrixView x, CsrMatrix codes) => _encoderPass.Run(x, true, SelectionWeights(), codes, _scores);

    /// <summary>Every score before selection, bias included; dense, so for small batches only.</summary>
    /// <param name="x">[B, D]</param>
    /// <param name="scores">[B, F]</param>
    public void Scores(MatrixView x, MatrixView scores) => _encoderPass.Scores(x, scores);

    /// <summary>Reconstructions of codes.</summary>
    /// <param name="codes">[B, F]</param>
    /// <param name="reconstruction">[B, D]</param>
    public void Decode(CsrMatrix codes, MatrixView reconstruction)
    {
        Decoder.Head.Reserve(codes.Rows);
        Decoder.Decode(Device, codes, DecoderBias.Value, Inner(codes.Rows), reconstruction);
    }

    /// <summary>The linear directions α_f: rows of W_dec, or U C1ᵀ for a polynomial decoder.</summary>
    /// <param name="directions">[F, D]</param>
    public void Directions(MatrixView directions) => Decoder.Head.LinearPart(Decoder.Table.Value, directions);

    /// <summary>Turns weights for inputs x · scale into weights for x, exactly: W_enc · s, b_dec / s, outputs / s. Codes stay the same.</summary>
    /// <param name="scale">The factor that training inputs were multiplied with.</param>
    public void FoldInputScale(double scale)
    {
        if (scale == 1.0) return;
        float factor = (float)scale;
        float inverse = (float)(1.0 / scale);
        Device.Axpby(0f, Encoder.Weights.Value, factor, Encoder.Weights.Value);
        Device.Axpby(0f, DecoderBias.Value, inverse, DecoderBias.Value);
        Decoder.Head.ScaleOutput(inverse);
        InnerDecoder?.Head.ScaleOutput(inverse);
        // A threshold over scores × decoder norms is in units of the output.
        if (Spec.Sparsifier.RescaleByDecoderNorm) Threshold /= scale;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Encoder.Dispose();
        Sparsifier.Dispose();
        Decoder.Dispose();
        InnerDecoder?.Dispose();
        DecoderBias.Dispose();
        _encoderPass.Dispose();
        _scores.Dispose();
        _inner?.Dispose();
        _norms?.Dispose();
        _directions?.Dispose();
    }

    /// <summary>Runs the encoder for training; the pass keeps s for the backward pass.</summary>
    internal MatrixView EncodeForTraining(MatrixView x, MatrixView weights, CsrMatrix codes, EntryBuffer scores)
    {
        _encoderPass.Run(x, true, weights, codes, scores);
        return _encoderPass.Centered;
    }

    /// <summary>
    /// [1, F] norms that order the scores when the description rescales by the decoder: ‖W_dec rows‖, or for a polynomial decoder
    /// the norm of what one unit of a latent alone decodes to. Empty otherwise.
    /// </summary>
    internal MatrixView SelectionWeights() => Spec.Sparsifier.RescaleByDecoderNorm ? DecoderNorms() : default;

    /// <summary>[1, F]: the norm of head(row of the table).</summary>
    internal MatrixView DecoderNorms()
    {
        _norms ??= Device.Allocate(1, Latents);
        if (Decoder.Head.IsIdentity)
        {
            Device.RowNorms(Decoder.Table.Value, _norms);
            return _norms;
        }

        const int Chunk = 4096;
        _directions ??= Device.Allocate(Math.Min(Chunk, Latents), Width);
        for (int start = 0; start < Latents; start += Chunk)
        {
            int rows = Math.Min(Chunk, Latents - start);
            MatrixView part = _directions.RowRange(0, rows);
            Decoder.Head.Reserve(rows);
            Decoder.Head.Forward(Decoder.Table.Value.RowRange(start, rows), part);
            MatrixView norms = _norms;
            unsafe
            {
                Device.RowNorms(part, new MatrixView(norms.Data + start, 1, rows, rows));
            }
        }

        return _norms;
    }

    private MatrixView Inner(int rows)
    {
        if (Decoder.Head.IsIdentity) return default;
        if (_inner is null || _inner.Rows < rows)
        {
            _inner?.Dispose();
            _inner = Device.Allocate(rows, Decoder.Head.InnerWidth);
        }

        return _inner.RowRange(0, rows);
    }
}

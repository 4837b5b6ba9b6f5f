using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries;

/// <summary>Scores and selects a batch, one cache-sized slice of rows at a time.</summary>
internal sealed class EncoderPass(SparseDictionary dictionary) : IDisposable
{
    /// <summary>Scores of a slice: 16 MB, about half of a usual last-level cache.</summary>
    private const int SliceFloats = 4 << 20;

    private readonly Device _device = dictionary.Device;
    private readonly PackedMatrix _packed = new();
    private Matrix? _scores;
    private Matrix? _centered;

    /// <summary>s = x − b_dec of the last batch, [B, D] (x itself where the encoder does not subtract).</summary>
    public MatrixView Centered { get; private set; }

    /// <summary>Fills the codes with the selected scores of x, activated.</summary>
    /// <param name="x">[B, D]</param>
    /// <param name="training">Whether to select as in training.</param>
    /// <param name="weights">[1, F] that order the scores, or an empty view.</param>
    /// <param name="codes">[B, F], rebuilt.</param>
    /// <param name="scores">Room for a score an entry, asked for when the number of entries is known.</param>
    public void Run(MatrixView x, bool training, MatrixView weights, CsrMatrix codes, EntryBuffer scores)
    {
        int slice = Prepare(x);
        codes.Reset(x.Rows, dictionary.Latents);
        MatrixView bias = dictionary.Encoder.ScoreBias.Value;
        dictionary.Sparsifier.Begin(x.Rows, training);
        for (int start = 0; start < x.Rows; start += slice)
        {
            int rows = Math.Min(slice, x.Rows - start);
            MatrixView part = _scores!.RowRange(0, rows);
            _device.GemmPacked(Centered.RowRange(start, rows), _packed, part);
            dictionary.Sparsifier.Select(_device, part, bias, weights, start, codes);
        }

        dictionary.Sparsifier.Finish(_device, weights, codes);
        Span<float> kept = scores.Take(codes.EntryCount);
        dictionary.Sparsifier.Activate(_device, codes, kept);
        dictionary.Encoder.Activate(codes, kept);
    }

    /// <summary>All scores of x, bias included; [B, F], for inspection of small batches.</summary>
    public void Scores(MatrixView x, MatrixView scores)
    {
        Prepare(x);
        _device.GemmPacked(Centered, _packed, scores);
        _device.AddRowVector(scores, 1f, dictionary.Encoder.ScoreBias.Value, scores);
    }

    public void Dispose()
    {
        _packed.Dispose();
        _scores?.Dispose();
        _centered?.Dispose();
    }

    private int Prepare(MatrixView x)
    {
        if (x.Columns != dictionary.Width)
            throw new ArgumentException($"Vectors have width {x.Columns}, the dictionary {dictionary.Width}.", nameof(x));
        int slice = Math.Clamp(SliceFloats / dictionary.Latents / 8 * 8, 8, 4096);
        slice = Math.Min(slice, x.Rows);
        if (_scores is null || _scores.Rows < slice)
        {
            _scores?.Dispose();
            _scores = _device.Allocate(slice, dictionary.Latents);
        }

        Centered = x;
        if (dictionary.Spec.Encoder.SubtractDecoderBias)
        {
            if (_centered is null || _centered.Rows < x.Rows)
            {
                _centered?.Dispose();
                _centered = _device.Allocate(x.Rows, x.Columns);
            }

            Centered = _centered.RowRange(0, x.Rows);
            _device.AddRowVector(x, -1f, dictionary.DecoderBias.Value, Centered);
        }

        _device.Pack(GemmShape.NT, dictionary.Encoder.Weights.Value, _packed);
        return slice;
    }
}

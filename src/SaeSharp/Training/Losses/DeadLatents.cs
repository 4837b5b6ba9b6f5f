using SaeSharp.Dictionaries;
using SaeSharp.Numerics;

namespace SaeSharp.Training.Losses;

/// <summary>The dead latents of a step, gathered: their encoder rows, biases and decoder rows, so that work on them is dense and small.</summary>
internal sealed class DeadLatents(SparseDictionary dictionary) : IDisposable
{
    private readonly Device _device = dictionary.Device;
    private readonly int[] _indices = new int[dictionary.Latents];
    private Matrix? _encoder;
    private Matrix? _encoderGradient;
    private Matrix? _table;
    private Matrix? _tableGradient;
    private Matrix? _vectors;

    /// <summary>How many are dead.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<int> Indices => _indices.AsSpan(0, Count);

    /// <summary>Rows of W_enc, [n, D].</summary>
    public MatrixView Encoder => _encoder!.RowRange(0, Count);

    public MatrixView EncoderGradient => _encoderGradient!.RowRange(0, Count);

    /// <summary>Rows of the decoder's table, [n, W].</summary>
    public MatrixView Table => _table!.RowRange(0, Count);

    public MatrixView TableGradient => _tableGradient!.RowRange(0, Count);

    /// <summary>Chooses those that have been silent for long enough.</summary>
    public void Choose(ReadOnlySpan<long> silence, long atLeast)
    {
        int count = 0;
        for (int f = 0; f < silence.Length; f++)
        {
            if (silence[f] >= atLeast) _indices[count++] = f;
        }

        Count = count;
    }

    /// <summary>Gathers encoder rows and, if asked, decoder rows.</summary>
    public void Gather(bool withTable)
    {
        Grow(ref _encoder, dictionary.Width);
        Grow(ref _encoderGradient, dictionary.Width);
        _device.GatherRows(dictionary.Encoder.Weights.Value, Indices, Encoder);
        if (!withTable) return;
        Parameter table = dictionary.Decoder.Table;
        Grow(ref _table, table.Value.Columns);
        Grow(ref _tableGradient, table.Value.Columns);
        _device.GatherRows(table.Value, Indices, Table);
    }

    /// <summary>Gathers numbers of a [1, F] vector into slot <paramref name="slot"/> (of <see cref="Slots"/>), [1, n].</summary>
    public MatrixView GatherVector(MatrixView vector, int slot)
    {
        MatrixView target = VectorSlot(slot);
        _device.GatherRows(AsColumn(vector), Indices, AsColumn(target));
        return target;
    }

    /// <summary>A [1, n] scratch vector.</summary>
    public MatrixView VectorSlot(int slot)
    {
        if (_vectors is null || _vectors.Columns < Count)
        {
            _vectors?.Dispose();
            _vectors = _device.Allocate(Slots, Math.Min(dictionary.Latents, Math.Max(64, Count * 3 / 2)));
        }

        return _vectors.RowRange(slot, 1).LeadingColumns(Count);
    }

    /// <summary>Number of scratch vectors.</summary>
    public const int Slots = 6;

    /// <summary>Adds gathered encoder gradients back.</summary>
    public void ScatterEncoder()
    {
        Parameter weights = dictionary.Encoder.Weights;
        EnsureGradient(weights);
        _device.ScatterAddRows(EncoderGradient, Indices, weights.Gradient);
    }

    /// <summary>Adds gathered decoder gradients back.</summary>
    public void ScatterTable()
    {
        Parameter table = dictionary.Decoder.Table;
        EnsureGradient(table);
        _device.ScatterAddRows(TableGradient, Indices, table.Gradient);
    }

    /// <summary>Adds a [1, n] vector to a parameter's [1, F] gradient.</summary>
    public void ScatterVector(MatrixView vector, Parameter parameter)
    {
        EnsureGradient(parameter);
        ScatterVector(vector, parameter.Gradient);
    }

    /// <summary>Adds a [1, n] vector to the dead latents' places of a [1, F] vector.</summary>
    public void ScatterVector(MatrixView vector, MatrixView target) => _device.ScatterAddRows(AsColumn(vector), Indices, AsColumn(target));

    public void Dispose()
    {
        _encoder?.Dispose();
        _encoderGradient?.Dispose();
        _table?.Dispose();
        _tableGradient?.Dispose();
        _vectors?.Dispose();
    }

    private static unsafe MatrixView AsColumn(MatrixView vector) => new(vector.Data, vector.Columns, 1, 1);

    private void EnsureGradient(Parameter parameter)
    {
        if (parameter.TakeBeta() == 0f) _device.Fill(parameter.Gradient, 0f);
    }

    private void Grow(ref Matrix? matrix, int columns)
    {
        if (matrix is not null && matrix.Rows >= Count) return;
        matrix?.Dispose();
        matrix = _device.Allocate(Math.Min(dictionary.Latents, Math.Max(64, Count * 3 / 2)), columns);
    }
}

namespace SaeSharp.Numerics.Tests.Support;

/// <summary>A small training step's worth of kernels on fixed random operands, large enough to be cut into several chunks.</summary>
public sealed class TrainingProblem : IDisposable
{
    private const int B = 192, D = 80, F = 700, K = 9;
    private readonly CpuDevice _device;
    private readonly List<Matrix> _matrices = [];
    private readonly Matrix _x, _encoder, _scores, _sums, _table, _y, _gradient, _first, _second, _tall, _square, _bias, _rows;
    private readonly PackedMatrix _packed = new();
    private readonly CsrMatrix _codes, _above;
    private readonly CsrTranspose _transpose = new();
    private readonly float[] _values = new float[B * K];
    private readonly int[] _indices = new int[B];
    private readonly float[] _numbers = new float[16];

    public TrainingProblem(CpuDevice device)
    {
        _device = device;
        (_x, _encoder, _scores, _sums) = (Random(B, D), Random(F, D), Random(B, F), Random(1, F));
        (_table, _y, _gradient, _first, _second) = (Random(F, D), Random(B, D), Random(F, D), Random(F, D), Random(F, D));
        (_tall, _square, _bias, _rows) = (Random(F, D), Random(D, D), Random(1, F), Random(1, F));
        _device.Multiply(_second, _second, _second);
        _codes = device.AllocateCsr(B, F, B * K);
        _above = device.AllocateCsr(B, F, B * F);
        new PhiloxStream(5).Permutation(_indices);
    }

    public void Run()
    {
        _device.Pack(GemmShape.NT, _encoder, _packed);
        _device.GemmPacked(_x, _packed, _scores);
        _codes.Reset(B, F);
        _device.SelectTopK(_scores.RowRange(0, 100), _bias, default, K, 0, _codes);
        _device.SelectTopK(_scores.RowRange(100, B - 100), _bias, default, K, 100, _codes);
        _above.Reset(B, F);
        _device.SelectAbove(_scores, _bias, default, _sums.View.LeadingColumns(1), 0, _above);
        _numbers[0] = _device.Prune(_above, default, B, B * 20);
        _numbers[1] = _device.KthLargest(_scores.AsSpan(), 1000);
        _device.Transpose(_codes, _transpose);
        _device.SpMM(_codes, _codes.ValueSpan, _table, _y, ColumnRange.All);
        _numbers[2] = (float)_device.Residual(_y, _x, 0.1f, _y);
        _device.SDDMM(_codes, _y, _table, _values, ColumnRange.All);
        _device.SpMMTransposed(_transpose, _codes.ValueSpan, _y, _gradient, ColumnRange.All);
        _device.SparseColumnSums(_transpose, _values, _sums);
        _device.ProjectOutRows(_gradient, _table);
        _numbers[3] = (float)_device.SumOfSquares(_gradient);
        _device.Adam(_table, _gradient, _first, _second, new AdamStep(1e-3f, 0.9, 0.999, 1e-8f, 0.1, 0.001, 0.5f));
        _device.NormalizeRows(_table);
        _device.RowNorms(_gradient, _rows);
        _device.RowDots(_gradient, _table, _rows);
        _device.ColumnSums(_scores, _sums);
        _device.Gemm(GemmShape.TN, _table, _gradient, _square);
        _device.Gemm(GemmShape.NN, _x, _square, _y, 0.01f);
        _device.Gemm(GemmShape.NN, _rows, _table, _y.RowRange(0, 1));
        _device.Gemm(GemmShape.NT, _y.RowRange(1, 1), _table, _sums, 1f, 1f);
        _device.Axpby(0.1f, _gradient, 1f, _tall);
        _numbers[4] = (float)_device.Orthonormalize(_tall);
        _numbers[5] = (float)_device.Dot(_tall, _table);
        _device.GatherRows(_x, _indices, _y);
        _device.AddRowVector(_y, 1f, _y.RowRange(3, 1), _y);
        _device.KeepTopK(_scores, 30);
    }

    public float[] Results()
    {
        var results = new List<float>(_numbers);
        foreach (Matrix matrix in _matrices) results.AddRange(matrix.AsSpan());
        foreach (CsrMatrix codes in new[] { _codes, _above })
        {
            results.AddRange(codes.ValueSpan);
            foreach (int column in codes.ColumnIndexSpan) results.Add(column);
            foreach (int pointer in codes.RowPointerSpan) results.Add(pointer);
        }

        results.AddRange(_values.AsSpan(0, _codes.EntryCount));
        return [.. results];
    }

    public void Dispose()
    {
        foreach (Matrix matrix in _matrices) matrix.Dispose();
        _packed.Dispose();
        _codes.Dispose();
        _above.Dispose();
        _transpose.Dispose();
    }

    private Matrix Random(int rows, int columns)
    {
        Matrix matrix = _device.Allocate(rows, columns);
        new PhiloxStream((ulong)_matrices.Count).FillNormal(matrix.AsSpan());
        _matrices.Add(matrix);
        return matrix;
    }
}

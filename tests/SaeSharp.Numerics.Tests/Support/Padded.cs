namespace SaeSharp.Numerics.Tests.Support;

/// <summary>A matrix whose rows stand further apart than they are long; the gaps hold a sentinel that kernels must not touch.</summary>
public sealed class Padded : IDisposable
{
    private const float Sentinel = -7.7e33f;
    private readonly Matrix _memory;

    public Padded(int rows, int columns, int gap = 3)
    {
        _memory = new CpuDevice(1).Allocate(Math.Max(1, rows), columns + gap);
        _memory.AsSpan().Fill(Sentinel);
        View = _memory.View.RowRange(0, rows).LeadingColumns(columns);
        for (int r = 0; r < rows; r++) View.Row(r).Clear();
    }

    public MatrixView View { get; }

    public static Padded Random(int rows, int columns, ulong seed, int gap = 3, double scale = 1)
    {
        var result = new Padded(rows, columns, gap);
        var random = new PhiloxStream(seed);
        for (int r = 0; r < rows; r++) random.FillNormal(result.View.Row(r), 0, scale);
        return result;
    }

    public static implicit operator MatrixView(Padded padded) => padded.View;

    /// <summary>The values as doubles, [rows, columns].</summary>
    public double[,] ToDoubles()
    {
        var result = new double[View.Rows, View.Columns];
        for (int r = 0; r < View.Rows; r++)
        {
            for (int c = 0; c < View.Columns; c++) result[r, c] = View[r, c];
        }

        return result;
    }

    public float[] ToArray() => [.. Enumerable.Range(0, View.Rows).SelectMany(r => View.Row(r).ToArray())];

    public void Fill(float value)
    {
        for (int r = 0; r < View.Rows; r++) View.Row(r).Fill(value);
    }

    public void AssertGapsUntouched()
    {
        for (int r = 0; r < _memory.Rows; r++)
        {
            Span<float> row = _memory.Row(r);
            int first = r < View.Rows ? View.Columns : 0;
            Assert.False(row[first..].ContainsAnyExcept(Sentinel), $"A gap of row {r} was written to.");
        }
    }

    /// <summary>Largest error, relative to the largest reference value (1 if that is smaller).</summary>
    public void AssertClose(double[,] expected, double tolerance)
    {
        AssertGapsUntouched();
        Assert.Equal((View.Rows, View.Columns), (expected.GetLength(0), expected.GetLength(1)));
        double scale = 1;
        foreach (double value in expected) scale = Math.Max(scale, Math.Abs(value));
        for (int r = 0; r < View.Rows; r++)
        {
            for (int c = 0; c < View.Columns; c++)
            {
                double error = Math.Abs(View[r, c] - expected[r, c]);
                if (!(error <= tolerance * scale)) Assert.Fail($"[{r}, {c}] is {View[r, c]}, expected {expected[r, c]} (error {error:g3}, scale {scale:g3})");
            }
        }
    }

    public void Dispose() => _memory.Dispose();
}

using SaeSharp.Numerics.Cpu.Gemm;

namespace SaeSharp.Numerics.Cpu.Kernels;

/// <summary>Causal attention of one head of one sequence.</summary>
/// <remarks>
/// Where many queries ask, scores are made key by key for a micro-tile's width of queries at once: the scores' memory is then
/// already what the product with the values wants as its right operand, and the softmax runs down its columns, a query a lane.
/// </remarks>
internal readonly unsafe struct AttentionHead(
    RowKernels kernels, BufferPool scratch, AttentionShape shape, MatrixView queries, MatrixView keys, MatrixView values, MatrixView outputs, MatrixView pattern)
{
    private int Width => queries.Columns / shape.Heads;

    private int Before => shape.TotalTokens - shape.NewTokens;

    /// <summary>Query by query, for generation.</summary>
    public void RowByRow(int index)
    {
        (MatrixView q, MatrixView k, MatrixView v, MatrixView z) = Slice(index);
        using NativeBuffer buffer = scratch.RentFloats(shape.TotalTokens);
        float* scores = buffer.Floats;
        for (int i = 0; i < shape.NewTokens; i++)
        {
            int visible = Before + i + 1;
            for (int j = 0; j < visible; j++) scores[j] = kernels.Dot(Width, q.RowPointer(i), k.RowPointer(j));
            kernels.Softmax(visible, scores, shape.Scale);
            float* output = z.RowPointer(i);
            new Span<float>(output, Width).Clear();
            for (int j = 0; j < visible; j++) kernels.AddScaled(Width, output, scores[j], v.RowPointer(j), output);
            if (pattern.Length == 0) continue;
            Span<float> row = pattern.Row(index * shape.NewTokens + i);
            new ReadOnlySpan<float>(scores, visible).CopyTo(row);
            row[visible..].Clear();
        }
    }

    /// <summary>By micro-tiles, for many queries.</summary>
    public void Tiled(int index)
    {
        (MatrixView q, MatrixView k, MatrixView v, MatrixView z) = Slice(index);
        int tileRows = kernels.TileRows, tileColumns = kernels.TileColumns;
        int paddedKeys = Padded(shape.TotalTokens, tileRows), paddedWidth = Padded(Width, tileRows);
        long keyRoom = (long)paddedKeys * Width, valueRoom = (long)shape.TotalTokens * paddedWidth, scoreRoom = (long)paddedKeys * tileColumns;
        long room = keyRoom + valueRoom + scoreRoom + (long)(2 * Width + paddedWidth + 1) * tileColumns;
        using NativeBuffer buffer = scratch.RentFloats(room);
        float* scores = buffer.Floats;
        float* packedQueries = scores + scoreRoom;
        float* mixed = packedQueries + (long)Width * tileColumns;
        float* sums = mixed + (long)paddedWidth * tileColumns;
        float* turned = sums + tileColumns;
        float* packedKeys = turned + (long)Width * tileColumns;
        float* packedValues = packedKeys + keyRoom;

        PackPanels(new PackSource(k, transposed: true), shape.TotalTokens, Width, packedKeys);
        PackPanels(new PackSource(v, transposed: false), Width, shape.TotalTokens, packedValues);
        PackSource querySource = new(q, transposed: true);
        for (int first = 0; first < shape.NewTokens; first += tileColumns)
        {
            int count = Math.Min(tileColumns, shape.NewTokens - first);
            int visible = Before + first + count;
            querySource.Panel(first, count, 0, Width, packedQueries, tileColumns);
            for (int key = 0; key < visible; key += tileRows)
            {
                kernels.Tile(Width, packedKeys + (long)key * Width, packedQueries, scores + (long)key * tileColumns);
            }

            HideFuture(scores, first, visible, float.NegativeInfinity);
            kernels.ColumnExponentials(visible, scores, shape.Scale, sums);
            HideFuture(scores, first, visible, 0f);
            for (int d = 0; d < Width; d += tileRows)
            {
                kernels.Tile(visible, packedValues + (long)d * shape.TotalTokens, scores, mixed + (long)d * tileColumns);
            }

            new PackSource(new MatrixView(mixed, Width, tileColumns, tileColumns), transposed: true).Panel(0, Width, 0, count, turned, Width);
            for (int i = 0; i < count; i++)
            {
                float* output = z.RowPointer(first + i);
                new ReadOnlySpan<float>(turned + (long)i * Width, Width).CopyTo(new Span<float>(output, Width));
                kernels.Scale(Width, 1f / sums[i], output);
            }

            if (pattern.Length > 0) StorePattern(index, first, count, visible, scores, sums);
        }
    }

    private static int Padded(int count, int size) => (count + size - 1) / size * size;

    private void PackPanels(PackSource source, int lanes, int depth, float* target)
    {
        int tileRows = kernels.TileRows;
        for (int lane = 0; lane < lanes; lane += tileRows)
        {
            source.Panel(lane, Math.Min(tileRows, lanes - lane), 0, depth, target + (long)lane * depth, tileRows);
        }
    }

    /// <summary>Overwrites the scores of keys that come after their query.</summary>
    private void HideFuture(float* scores, int first, int visible, float value)
    {
        int tileColumns = kernels.TileColumns;
        for (int key = Before + first + 1; key < visible; key++) new Span<float>(scores + (long)key * tileColumns, key - Before - first).Fill(value);
    }

    private void StorePattern(int index, int first, int count, int visible, float* scores, float* sums)
    {
        for (int i = 0; i < count; i++)
        {
            Span<float> row = pattern.Row(index * shape.NewTokens + first + i);
            for (int key = 0; key < visible; key++) row[key] = scores[(long)key * kernels.TileColumns + i] / sums[i];
            row[visible..].Clear();
        }
    }

    private (MatrixView Queries, MatrixView Keys, MatrixView Values, MatrixView Outputs) Slice(int index)
    {
        int sequence = index / shape.Heads, head = index % shape.Heads, column = head * Width;
        int keyColumn = head / (shape.Heads / shape.KeyHeadsOrAll) * Width;
        int row = sequence * shape.NewTokens, keyRow = sequence * shape.KeyStride;
        return (
            queries.RowRange(row, shape.NewTokens).ColumnRange(column, Width),
            keys.RowRange(keyRow, shape.TotalTokens).ColumnRange(keyColumn, Width),
            values.RowRange(keyRow, shape.TotalTokens).ColumnRange(keyColumn, Width),
            outputs.RowRange(row, shape.NewTokens).ColumnRange(column, Width));
    }
}

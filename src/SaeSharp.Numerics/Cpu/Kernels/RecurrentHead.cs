using SaeSharp.Numerics.Cpu.Gemm;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics.Cpu.Kernels;

/// <summary>A gated recurrence of one head of one sequence; with an erase term (delta rule) where <paramref name="deltas"/> is there.</summary>
internal readonly unsafe struct RecurrentHead(
    RowKernels kernels, BufferPool scratch, RecurrenceShape shape, MatrixView queries, MatrixView keys, MatrixView values,
    MatrixView logDecays, MatrixView strengths, MatrixView states, MatrixView deltas, MatrixView outputs)
{
    /// <summary>With fewer tokens the products are too small to gain anything.</summary>
    private const int FewestChunkedTokens = 16;

    /// <summary>Each head runs on one thread: there are enough heads.</summary>
    private static readonly WorkSplitter Alone = new(1);

    private int KeyWidth => queries.Columns / shape.KeyHeadsOrAll;

    private int ValueWidth => values.Columns / shape.Heads;

    private bool Erases => deltas.Data != null;

    public void Run(int index)
    {
        if (shape.ChunkLength < FewestChunkedTokens || shape.Count < FewestChunkedTokens) TokenByToken(index);
        else InChunks(index);
    }

    private void TokenByToken(int index)
    {
        int sequence = index / shape.Heads, head = index % shape.Heads, keyWidth = KeyWidth, valueWidth = ValueWidth;
        long key = (long)(head / (shape.Heads / shape.KeyHeadsOrAll)) * keyWidth, value = (long)head * valueWidth;
        float* state = states.RowPointer(index);
        using NativeBuffer buffer = scratch.RentFloats(valueWidth);
        for (int t = shape.Start; t < shape.Start + shape.Count; t++)
        {
            int row = sequence * shape.Length + t;
            float decay = (float)Math.Exp(logDecays[row, head]), strength = strengths[row, head];
            float* k = keys.RowPointer(row) + key;
            float* v = values.RowPointer(row) + value;
            float* delta = Erases ? deltas.RowPointer(row) + value : buffer.Floats;
            if (Erases)
            {
                kernels.ReadState(keyWidth, valueWidth, state, k, delta);
                kernels.Axpby(valueWidth, strength, v, -strength * decay, delta);
            }
            else
            {
                kernels.Axpby(valueWidth, strength, v, 0f, delta);
            }

            kernels.WriteState(keyWidth, valueWidth, state, decay, k, delta, queries.RowPointer(row) + key, outputs.RowPointer(row) + value);
        }
    }

    private void InChunks(int index)
    {
        int sequence = index / shape.Heads, head = index % shape.Heads, keyWidth = KeyWidth, valueWidth = ValueWidth;
        int key = head / (shape.Heads / shape.KeyHeadsOrAll) * keyWidth, value = head * valueWidth;
        int most = Math.Min(shape.ChunkLength, shape.Count);
        MatrixView state = new(states.RowPointer(index), keyWidth, valueWidth, valueWidth);
        using NativeBuffer buffer = scratch.RentFloats((long)most * (2L * most + valueWidth + keyWidth + 1) + valueWidth);
        for (int start = shape.Start; start < shape.Start + shape.Count; start += most)
        {
            int row = sequence * shape.Length + start, count = Math.Min(most, shape.Start + shape.Count - start);
            Chunk chunk = new(buffer.Floats, most, count, keyWidth, valueWidth);
            MatrixView k = keys.RowRange(row, count).ColumnRange(key, keyWidth);
            MatrixView v = values.RowRange(row, count).ColumnRange(value, valueWidth);
            MatrixView delta = Erases ? deltas.RowRange(row, count).ColumnRange(value, valueWidth) : chunk.Deltas;
            MatrixView output = outputs.RowRange(row, count).ColumnRange(value, valueWidth);
            Decays(row, head, chunk);
            Solve(row, head, chunk, k, v, state, delta);
            Read(chunk, queries.RowRange(row, count).ColumnRange(key, keyWidth), k, state, delta, output);
            Write(chunk, k, state, delta);
        }
    }

    /// <summary>L_ij = exp(G_i − G_j) for j ≤ i, G the running sum of log decays: what is left at token i of what token j wrote.</summary>
    private void Decays(int row, int head, in Chunk chunk)
    {
        double* sums = stackalloc double[chunk.Count];
        double sum = 0;
        for (int i = 0; i < chunk.Count; i++) sums[i] = sum += logDecays[row + i, head];
        for (int i = 0; i < chunk.Count; i++)
        {
            float* left = chunk.Left.RowPointer(i);
            for (int j = 0; j <= i; j++) left[j] = (float)Math.Exp(sums[i] - sums[j]);
            chunk.Whole[i] = (float)Math.Exp(sums[i]);
        }
    }

    /// <summary>The value factors of the chunk's writes.</summary>
    private void Solve(int row, int head, in Chunk chunk, MatrixView k, MatrixView v, MatrixView state, MatrixView delta)
    {
        int valueWidth = ValueWidth;
        if (!Erases)
        {
            for (int i = 0; i < chunk.Count; i++) kernels.Axpby(valueWidth, strengths[row + i, head], v.RowPointer(i), 0f, delta.RowPointer(i));
            return;
        }

        // (I + A) Δ = diag(β)(V − diag(exp G) K S₀), solved from the top; solved rows lie without gaps, as one more state to read.
        Multiply(k, state, chunk.Deltas, rightTransposed: false, accumulate: false);
        Multiply(k, k, chunk.Products, rightTransposed: true, accumulate: false);
        float* correction = chunk.Row;
        for (int i = 0; i < chunk.Count; i++)
        {
            float strength = strengths[row + i, head];
            float* agreement = chunk.Products.RowPointer(i);
            float* solved = chunk.Deltas.RowPointer(i);
            kernels.Axpby(valueWidth, strength, v.RowPointer(i), -strength * chunk.Whole[i], solved);
            kernels.Multiply(i, agreement, chunk.Left.RowPointer(i), agreement);
            kernels.ReadState(i, valueWidth, chunk.Deltas.Data, agreement, correction);
            kernels.AddScaled(valueWidth, solved, -strength, correction, solved);
            new ReadOnlySpan<float>(solved, valueWidth).CopyTo(delta.Row(i));
        }
    }

    /// <summary>O = diag(exp G) Q S₀ + (L ∘ Q Kᵀ) Δ.</summary>
    private void Read(in Chunk chunk, MatrixView q, MatrixView k, MatrixView state, MatrixView delta, MatrixView output)
    {
        Multiply(q, state, output, rightTransposed: false, accumulate: false);
        Multiply(q, k, chunk.Products, rightTransposed: true, accumulate: false);
        for (int i = 0; i < chunk.Count; i++)
        {
            float* agreement = chunk.Products.RowPointer(i);
            kernels.Multiply(i + 1, agreement, chunk.Left.RowPointer(i), agreement);
            new Span<float>(agreement + i + 1, chunk.Count - i - 1).Clear();
            kernels.Scale(ValueWidth, chunk.Whole[i], output.RowPointer(i));
        }

        Multiply(chunk.Products, delta, output, rightTransposed: false, accumulate: true);
    }

    /// <summary>S = exp(G_C) S₀ + (diag(L_C) K)ᵀ Δ.</summary>
    private void Write(in Chunk chunk, MatrixView k, MatrixView state, MatrixView delta)
    {
        float* left = chunk.Left.RowPointer(chunk.Count - 1);
        for (int i = 0; i < chunk.Count; i++) kernels.Axpby(KeyWidth, left[i], k.RowPointer(i), 0f, chunk.Keys.RowPointer(i));
        kernels.Scale(KeyWidth * ValueWidth, chunk.Whole[chunk.Count - 1], state.Data);
        new GemmDriver(kernels, Alone, scratch).Multiply(
            new PackSource(chunk.Keys, transposed: false), new PackSource(delta, transposed: false), KeyWidth, ValueWidth, chunk.Count, state, 1f, accumulate: true);
    }

    private void Multiply(MatrixView left, MatrixView right, MatrixView product, bool rightTransposed, bool accumulate) =>
        new GemmDriver(kernels, Alone, scratch).Multiply(
            new PackSource(left, transposed: true), new PackSource(right, rightTransposed), left.Rows, product.Columns, left.Columns, product, 1f, accumulate);

    /// <summary>The working memory of a chunk.</summary>
    private readonly struct Chunk
    {
        public Chunk(float* memory, int most, int count, int keyWidth, int valueWidth)
        {
            Count = count;
            Left = new MatrixView(memory, count, count, most);
            Products = new MatrixView(memory + (long)most * most, count, count, most);
            Deltas = new MatrixView(memory + 2L * most * most, count, valueWidth, valueWidth);
            Keys = new MatrixView(memory + (long)most * (2L * most + valueWidth), count, keyWidth, keyWidth);
            Row = memory + (long)most * (2L * most + valueWidth + keyWidth);
            Whole = Row + valueWidth;
        }

        public int Count { get; }

        public MatrixView Left { get; }

        public MatrixView Products { get; }

        public MatrixView Deltas { get; }

        public MatrixView Keys { get; }

        /// <summary>One row of values.</summary>
        public float* Row { get; }

        /// <summary>exp(G_i): what is left at token i of the state before the chunk.</summary>
        public float* Whole { get; }
    }
}

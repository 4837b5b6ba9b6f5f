using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    public override void DeltaRule(
        in RecurrenceShape shape, MatrixView queries, MatrixView keys, MatrixView values, MatrixView logDecays, MatrixView strengths,
        MatrixView states, MatrixView deltas, MatrixView outputs)
    {
        Shape.Same(values, deltas, nameof(deltas));
        GatedRule(shape, queries, keys, values, logDecays, strengths, states, deltas, outputs);
    }

    /// <inheritdoc/>
    public override void AdditiveRule(
        in RecurrenceShape shape, MatrixView queries, MatrixView keys, MatrixView values, MatrixView logDecays, MatrixView strengths,
        MatrixView states, MatrixView outputs) => GatedRule(shape, queries, keys, values, logDecays, strengths, states, default, outputs);

    /// <inheritdoc/>
    public override void GeneralizedDeltaRule(
        in RecurrenceShape shape, MatrixView queries, MatrixView keys, MatrixView values, MatrixView decays, MatrixView eraseKeys, MatrixView eraseWrites,
        MatrixView states, MatrixView eraseValues, MatrixView outputs)
    {
        CheckRecurrence(shape, queries, values, states, outputs);
        if (shape.KeyHeadsOrAll != shape.Heads) throw new ArgumentException("This rule has no shared keys.", nameof(shape));
        Shape.Same(queries, keys, nameof(keys));
        Shape.Same(queries, decays, nameof(decays));
        Shape.Same(queries, eraseKeys, nameof(eraseKeys));
        Shape.Same(queries, eraseWrites, nameof(eraseWrites));
        Shape.Same(values, eraseValues, nameof(eraseValues));
        if (shape.Count == 0) return;
        _splitter.Run(shape.Sequences * shape.Heads, new GeneralizedWork(_kernels, shape, queries, keys, values, decays, eraseKeys, eraseWrites, states, eraseValues, outputs));
    }

    /// <inheritdoc/>
    public override void ReadStates(in RecurrenceShape shape, MatrixView queries, MatrixView states, MatrixView outputs)
    {
        CheckRecurrence(shape, queries, outputs, states, outputs);
        if (shape.Count != 1) throw new ArgumentException($"One token is read, not {shape.Count}.", nameof(shape));
        _splitter.Run(shape.Sequences * shape.Heads, new ReadWork(_kernels, shape, queries, states, outputs));
    }

    /// <inheritdoc/>
    public override void OuterProducts(MatrixView keys, MatrixView values, MatrixView strengths, int heads, int keyHeads, MatrixView products)
    {
        int valueWidth = GroupWidth(values, heads, nameof(heads)), keyWidth = GroupWidth(keys, keyHeads, nameof(keyHeads));
        if (heads % keyHeads != 0) throw new ArgumentException($"{keyHeads} key heads cannot be shared by {heads} heads.", nameof(keyHeads));
        Shape.Is(keys, values.Rows, keys.Columns, nameof(keys));
        if (strengths.Data != null) Shape.Is(strengths, values.Rows, heads, nameof(strengths));
        Shape.Is(products, values.Rows, checked(heads * keyWidth * valueWidth), nameof(products));
        if (values.Rows > 0) _splitter.Run(values.Rows, new OuterWork(_kernels, keys, values, strengths, heads, keyHeads, products));
    }

    /// <inheritdoc/>
    public override void RepeatHeads(MatrixView x, int heads, MatrixView y)
    {
        int width = GroupWidth(x, heads, nameof(heads));
        int repeats = x.Columns == 0 ? 0 : y.Columns / x.Columns;
        Shape.Is(y, x.Rows, x.Columns * repeats, nameof(y));
        RunRows(x, new RepeatWork(x, width, repeats, y, RowsPerChunk(x)));
    }

    private void GatedRule(
        in RecurrenceShape shape, MatrixView queries, MatrixView keys, MatrixView values, MatrixView logDecays, MatrixView strengths,
        MatrixView states, MatrixView deltas, MatrixView outputs)
    {
        CheckRecurrence(shape, queries, values, states, outputs);
        Shape.Same(queries, keys, nameof(keys));
        Shape.Is(logDecays, values.Rows, shape.Heads, nameof(logDecays));
        Shape.Is(strengths, values.Rows, shape.Heads, nameof(strengths));
        if (shape.Count == 0) return;
        var head = new RecurrentHead(_kernels, _scratch, shape, queries, keys, values, logDecays, strengths, states, deltas, outputs);
        _splitter.Run(shape.Sequences * shape.Heads, new GatedRuleWork(head));
    }

    private static void CheckRecurrence(in RecurrenceShape shape, MatrixView queries, MatrixView values, MatrixView states, MatrixView outputs)
    {
        int keyHeads = shape.KeyHeadsOrAll;
        bool possible = shape.Sequences > 0 && shape.Length > 0 && shape.Start >= 0 && shape.Count >= 0 && (long)shape.Start + shape.Count <= shape.Length
            && shape.Heads > 0 && keyHeads > 0 && shape.Heads % keyHeads == 0 && shape.ChunkLength is > 0 and <= RecurrenceShape.LongestChunk
            && queries.Columns % keyHeads == 0 && values.Columns % shape.Heads == 0;
        if (!possible) throw new ArgumentException($"{shape} makes no sense for queries {queries} and values {values}.", nameof(shape));
        int rows = checked(shape.Sequences * shape.Length);
        Shape.Is(queries, rows, queries.Columns, nameof(queries));
        Shape.Is(values, rows, values.Columns, nameof(values));
        Shape.Same(values, outputs, nameof(outputs));
        Shape.Is(states, checked(shape.Sequences * shape.Heads), checked(queries.Columns / keyHeads * (values.Columns / shape.Heads)), nameof(states));
    }

    /// <summary>One head of one sequence.</summary>
    private readonly struct GatedRuleWork(RecurrentHead head) : IChunkedWork
    {
        public void Run(int chunk) => head.Run(chunk);
    }

    /// <summary>One head of one sequence, token by token.</summary>
    private readonly struct GeneralizedWork(
        RowKernels kernels, RecurrenceShape shape, MatrixView queries, MatrixView keys, MatrixView values, MatrixView decays, MatrixView eraseKeys,
        MatrixView eraseWrites, MatrixView states, MatrixView eraseValues, MatrixView outputs) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int sequence = chunk / shape.Heads, head = chunk % shape.Heads;
            int keyWidth = queries.Columns / shape.Heads, valueWidth = values.Columns / shape.Heads;
            long key = (long)head * keyWidth, value = (long)head * valueWidth;
            float* state = states.RowPointer(chunk);
            for (int t = shape.Start; t < shape.Start + shape.Count; t++)
            {
                int row = sequence * shape.Length + t;
                float* erased = eraseValues.RowPointer(row) + value;
                kernels.ReadState(keyWidth, valueWidth, state, eraseKeys.RowPointer(row) + key, erased);
                kernels.EraseAndWriteState(
                    keyWidth, valueWidth, state, decays.RowPointer(row) + key, eraseWrites.RowPointer(row) + key, erased,
                    keys.RowPointer(row) + key, values.RowPointer(row) + value, queries.RowPointer(row) + key, outputs.RowPointer(row) + value);
            }
        }
    }

    private readonly struct ReadWork(RowKernels kernels, RecurrenceShape shape, MatrixView queries, MatrixView states, MatrixView outputs) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int row = chunk / shape.Heads * shape.Length + shape.Start, head = chunk % shape.Heads;
            int keyWidth = queries.Columns / shape.KeyHeadsOrAll, valueWidth = outputs.Columns / shape.Heads;
            int keyHead = head / (shape.Heads / shape.KeyHeadsOrAll);
            kernels.ReadState(
                keyWidth, valueWidth, states.RowPointer(chunk), queries.RowPointer(row) + (long)keyHead * keyWidth, outputs.RowPointer(row) + (long)head * valueWidth);
        }
    }

    private readonly struct OuterWork(RowKernels kernels, MatrixView keys, MatrixView values, MatrixView strengths, int heads, int keyHeads, MatrixView products) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int keyWidth = keys.Columns / keyHeads, valueWidth = values.Columns / heads;
            float* product = products.RowPointer(chunk);
            for (int head = 0; head < heads; head++)
            {
                float* key = keys.RowPointer(chunk) + (long)(head / (heads / keyHeads)) * keyWidth;
                float* value = values.RowPointer(chunk) + (long)head * valueWidth;
                float strength = strengths.Data == null ? 1f : strengths[chunk, head];
                for (int i = 0; i < keyWidth; i++, product += valueWidth) kernels.Axpby(valueWidth, strength * key[i], value, 0f, product);
            }
        }
    }

    private readonly struct RepeatWork(MatrixView x, int width, int repeats, MatrixView y, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
            {
                float* target = y.RowPointer(row);
                for (int column = 0; column < x.Columns; column += width)
                {
                    for (int i = 0; i < repeats; i++, target += width) new ReadOnlySpan<float>(x.RowPointer(row) + column, width).CopyTo(new Span<float>(target, width));
                }
            }
        }
    }
}

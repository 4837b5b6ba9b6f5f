namespace SaeSharp.Numerics.Cpu;

/// <summary>
/// Cuts the rows that a sparse product gathers into blocks that stay in the third-level cache: all outputs take their share of
/// one block before any goes on to the next. The cut depends on the table's shape only.
/// </summary>
internal struct RowBlocks(MatrixView table, ColumnRange range)
{
    public const long BlockBytes = 16 << 20;

    private readonly int _first = Math.Clamp(range.Start, 0, table.Rows);
    private readonly int _end = Math.Clamp(range.End, Math.Clamp(range.Start, 0, table.Rows), table.Rows);
    private readonly int _size = (int)Math.Clamp(BlockBytes / (4L * Math.Max(1, table.Columns)), 64, int.MaxValue / 2);
    private int _next = -1;

    public readonly RowBlock Current => new(_next, Math.Min(_end, _next + _size), _next == _first, range);

    public readonly RowBlocks GetEnumerator() => this;

    /// <summary>There is always a first block, even an empty one: outputs must be cleared or scaled once.</summary>
    public bool MoveNext()
    {
        bool first = _next < 0;
        _next = first ? _first : _next + _size;
        return first || _next < _end;
    }
}

/// <summary>Rows <see cref="Start"/> … <see cref="End"/> − 1 of a table.</summary>
internal readonly unsafe struct RowBlock(int start, int end, bool isFirst, ColumnRange range)
{
    public int Start => start;

    public int End => end;

    /// <summary>Whether nothing came before.</summary>
    public bool IsFirst => isFirst;

    /// <summary>The entries of an output that fall into the block; indices ascend, so they follow those of the block before.</summary>
    /// <param name="indices">Which row of the table each entry wants.</param>
    /// <param name="pointers">Where each output's entries begin.</param>
    /// <param name="output">The output.</param>
    /// <param name="cursors">Where each output stands; written by the first block, kept up by all.</param>
    public (int Start, int End) Entries(int* indices, int* pointers, int output, int* cursors)
    {
        int stop = pointers[output + 1];
        int entry = isFirst ? pointers[output] : cursors[output];
        if (isFirst && range.Start > 0) entry = SparseRange.LowerBound(indices, entry, stop, start);
        int first = entry;
        entry = SparseRange.LowerBound(indices, entry, stop, end);
        cursors[output] = entry;
        return (first, entry);
    }
}

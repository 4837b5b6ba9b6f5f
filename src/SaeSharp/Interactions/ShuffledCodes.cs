using SaeSharp.Numerics;

namespace SaeSharp.Interactions;

/// <summary>A control: codes whose latents fire as often and as strongly as they did, but at random tokens.</summary>
/// <remarks>
/// Each latent's activations go to tokens of the batch drawn without replacement, independently of all other latents: co-occurrence is left
/// only where frequencies alone make it. The number of active latents a token is not kept. Seeded; stream = batch.
/// </remarks>
public sealed class ShuffledCodes(Device device, ulong seed) : IDisposable
{
    private const ulong Streams = 0x73687566UL << 32;
    private readonly CsrTranspose _transpose = new();
    private int[] _tokens = [];
    private int[] _targets = [];
    private ulong _batch;

    /// <summary>Shuffles the next batch.</summary>
    /// <param name="codes">[B, F]</param>
    /// <param name="shuffled">Rebuilt as [B, F]; another matrix than the codes.</param>
    public unsafe void Next(CsrMatrix codes, CsrMatrix shuffled)
    {
        if (ReferenceEquals(codes, shuffled)) throw new ArgumentException("The result must be another matrix than the codes.", nameof(shuffled));
        PhiloxStream random = new(seed, Streams + _batch++);
        int rows = codes.Rows, entries = codes.EntryCount;
        device.Transpose(codes, _transpose);
        shuffled.Reset(rows, codes.Columns);
        shuffled.EnsureCapacity(entries);
        if (_targets.Length < entries) _targets = new int[entries];
        if (_tokens.Length != rows) _tokens = [.. Enumerable.Range(0, rows)];
        int* next = shuffled.RowPointers + 1;
        for (int latent = 0; latent < codes.Columns; latent++)
        {
            int start = _transpose.ColumnPointers[latent], count = _transpose.ColumnPointers[latent + 1] - start;
            for (int i = 0; i < count; i++)
            {
                // A partial Fisher–Yates shuffle draws distinct tokens whatever permutation it starts from.
                int other = i + random.NextInt32(rows - i);
                (_tokens[i], _tokens[other]) = (_tokens[other], _tokens[i]);
                _targets[start + i] = _tokens[i];
                next[_tokens[i]]++;
            }
        }

        int begin = 0;
        for (int row = 0; row < rows; row++)
        {
            int count = next[row];
            next[row] = begin;
            begin += count;
        }

        for (int latent = 0; latent < codes.Columns; latent++)
        {
            for (int position = _transpose.ColumnPointers[latent]; position < _transpose.ColumnPointers[latent + 1]; position++)
            {
                int entry = next[_targets[position]]++;
                shuffled.ColumnIndices[entry] = latent;
                shuffled.Values[entry] = codes.Values[_transpose.EntryIndices[position]];
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _transpose.Dispose();
}

using System.Runtime.InteropServices;
using SaeSharp.Numerics;

namespace SaeSharp.Interactions;

/// <summary>How often two latents are active at the same token, and their covariance, counted over a stream of codes.</summary>
/// <remarks>
/// <para>N_ij = number of tokens with z_i &gt; 0 and z_j &gt; 0. Triangular tables: 4 bytes a pair for the counts and 8 more for Σ z_i z_j,
/// whatever the number of tokens; <see cref="BytesNeeded"/> tells before: 0.5 and 1.6 GB for 16,384 latents, 25 MB for 2,048.</para>
/// <para>Row i of the tables belongs to latent i, and its tokens are gone through in order, so threads share nothing and results do not depend on them.</para>
/// </remarks>
public sealed unsafe class CoOccurrence : IDisposable
{
    private readonly Device _device;
    private readonly CsrTranspose _transpose = new();
    private readonly long[] _active;
    private readonly double[] _sums;
    private readonly double[] _squares;
    private uint* _counts;
    private double* _products;

    /// <summary>Makes empty tables.</summary>
    /// <param name="device">Where the codes are; its threads are used.</param>
    /// <param name="latents">Number of latents F.</param>
    /// <param name="products">Whether Σ z_i z_j is gathered too, for covariances and mean products.</param>
    public CoOccurrence(Device device, int latents, bool products = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        _device = device;
        Latents = latents;
        _active = new long[latents];
        _sums = new double[latents];
        _squares = new double[latents];
        Cells = (long)latents * (latents - 1) / 2;
        _counts = (uint*)NativeMemory.AllocZeroed(checked((nuint)Math.Max(1, Cells)), sizeof(uint));
        if (products) _products = (double*)NativeMemory.AllocZeroed(checked((nuint)Math.Max(1, Cells)), sizeof(double));
    }

    /// <summary>Gives the memory back if nobody disposed of it.</summary>
    ~CoOccurrence() => Release();

    /// <summary>Number of latents F.</summary>
    public int Latents { get; }

    /// <summary>Tokens counted.</summary>
    public long Tokens { get; private set; }

    /// <summary>Whether products were gathered.</summary>
    public bool HasProducts => _products != null;

    /// <summary>Number of tokens at which each latent is active.</summary>
    public ReadOnlySpan<long> ActiveTokens => _active;

    /// <summary>Number of pairs i &lt; j.</summary>
    internal long Cells { get; }

    /// <summary>Memory of the tables in bytes.</summary>
    public static long BytesNeeded(int latents, bool products = true) => (long)latents * (latents - 1) / 2 * (products ? sizeof(uint) + sizeof(double) : sizeof(uint));

    /// <summary>Counts a batch.</summary>
    /// <param name="codes">[B, F]</param>
    public void Add(CsrMatrix codes)
    {
        ObjectDisposedException.ThrowIf(_counts == null, this);
        if (codes.Columns != Latents) throw new ArgumentException($"Expected codes of {Latents} latents, found {codes.Columns}.", nameof(codes));
        if (Tokens + codes.Rows > uint.MaxValue) throw new ArgumentException("More tokens than 32-bit counts can hold.", nameof(codes));
        _device.Transpose(codes, _transpose);
        Parallel.For(0, Latents, new ParallelOptions { MaxDegreeOfParallelism = _device.Threads }, latent => AddLatent(codes, latent));
        Tokens += codes.Rows;
    }

    /// <summary>N_ij; for i = j the tokens at which the latent is active.</summary>
    public long Count(int i, int j) => i == j ? _active[i] : _counts[Cell(i, j)];

    /// <summary>E[z_i z_j] over all tokens.</summary>
    /// <exception cref="InvalidOperationException">Products were not gathered.</exception>
    public double MeanProduct(int i, int j)
    {
        if (!HasProducts) throw new InvalidOperationException("Products were not gathered.");
        return (i == j ? _squares[i] : _products[Cell(i, j)]) / Tokens;
    }

    /// <summary>Population covariance E[z_i z_j] − E[z_i] E[z_j] over all tokens.</summary>
    /// <exception cref="InvalidOperationException">Products were not gathered.</exception>
    public double Covariance(int i, int j) => MeanProduct(i, j) - (_sums[i] / Tokens * (_sums[j] / Tokens));

    /// <summary>Number of pairs i &lt; j with N_ij of at least so many.</summary>
    public long PairsWith(long least)
    {
        long pairs = 0;
        for (long cell = 0; cell < Cells; cell++)
            if (_counts[cell] >= least) pairs++;
        return pairs;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void AddLatent(CsrMatrix codes, int latent)
    {
        // Row i of a triangle begins with column i + 1; shifted so that it is indexed by the column itself.
        long start = Row(latent) - latent - 1;
        int* latents = codes.ColumnIndices;
        float* values = codes.Values;
        for (int position = _transpose.ColumnPointers[latent]; position < _transpose.ColumnPointers[latent + 1]; position++)
        {
            int entry = _transpose.EntryIndices[position];
            double z = values[entry];
            if (!(z > 0)) continue;
            _active[latent]++;
            _sums[latent] += z;
            _squares[latent] += z * z;
            int end = codes.RowPointers[_transpose.RowIndices[position] + 1];
            for (int e = entry + 1; e < end; e++)
            {
                if (!(values[e] > 0)) continue;
                _counts[start + latents[e]]++;
                if (_products != null) _products[start + latents[e]] += z * values[e];
            }
        }
    }

    private long Row(int latent) => (long)latent * ((2L * Latents) - latent - 1) / 2;

    private long Cell(int i, int j)
    {
        (int low, int high) = i < j ? (i, j) : (j, i);
        ArgumentOutOfRangeException.ThrowIfNegative(low, nameof(i));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(high, Latents, nameof(j));
        return Row(low) + high - low - 1;
    }

    private void Release()
    {
        NativeMemory.Free(_counts);
        NativeMemory.Free(_products);
        _counts = null;
        _products = null;
    }
}

using SaeSharp.Numerics;
using SaeSharp.Training;

namespace SaeSharp.Activations.Pipeline;

/// <summary>The kept vectors of a stream one after the other, read ahead, with a place to go back to.</summary>
/// <remarks>
/// What it saves is the place of what was handed out, not of what was read ahead: the position at which the current block begins and
/// how many of its vectors are gone. Reading that block again gives the same vectors.
/// </remarks>
internal sealed class BlockStream : IDisposable
{
    /// <summary>Blocks in flight: one being used, one ready, one being read.</summary>
    private const int Blocks = 3;

    private readonly Device _device;
    private readonly Func<IVectorReader> _open;
    private readonly VectorFilter _filter;
    private readonly long _limit;
    private readonly int[] _places;
    private Prefetcher? _prefetcher;
    private VectorBlock? _block;
    private StreamPosition _position;
    private int _used;
    private long _taken;
    private long _specialTokens;
    private long _normOutliers;
    private (long SpecialTokens, long NormOutliers, long Epoch) _current;

    /// <summary>Describes a stream; nothing is read yet.</summary>
    /// <param name="device">Where vectors live.</param>
    /// <param name="open">Opens the stream at its beginning.</param>
    /// <param name="blockRows">Most vectors in one of its blocks.</param>
    /// <param name="filter">What may be trained on.</param>
    /// <param name="limit">Kept vectors after which it ends.</param>
    public BlockStream(Device device, Func<IVectorReader> open, int blockRows, VectorFilter filter, long limit)
    {
        (_device, _open, _filter, _limit) = (device, open, filter, limit);
        _places = new int[blockRows];
        for (int i = 0; i < blockRows; i++) _places[i] = i;
    }

    /// <summary>Vectors handed out so far.</summary>
    public long Taken => _taken;

    /// <summary>Left out so far because they stood at special tokens.</summary>
    public long SpecialTokens => _specialTokens + _current.SpecialTokens;

    /// <summary>Left out so far because of their norm.</summary>
    public long NormOutliers => _normOutliers + _current.NormOutliers;

    /// <summary>How often the stream has begun again so far.</summary>
    public long Epoch => _current.Epoch;

    /// <summary>Copies the next vectors to rows of a matrix.</summary>
    /// <param name="calibration">The norms of the data.</param>
    /// <param name="target">[any, D]</param>
    /// <param name="rows">Where to, row by row.</param>
    /// <returns>How many there were: fewer than asked for at the end of the stream only.</returns>
    public int Take(Calibration calibration, MatrixView target, ReadOnlySpan<int> rows)
    {
        int done = 0;
        while (done < rows.Length && _taken < _limit && Next(calibration))
        {
            int count = (int)Math.Min(Math.Min(rows.Length - done, _block!.KeptCount - _used), _limit - _taken);
            _device.CopyRows(_block.Vectors, _block.Kept.AsSpan(_used, count), target, rows.Slice(done, count));
            done += count;
            _used += count;
            _taken += count;
        }

        return done;
    }

    /// <summary>Rows of a target that is filled from its first row on.</summary>
    public ReadOnlySpan<int> PlacesUpTo(int count) => _places.AsSpan(0, Math.Min(count, _places.Length));

    public void Save(ICheckpointWriter writer)
    {
        StreamPosition position = _block?.Start ?? _position;
        writer.Add("activations.stream.position", position.ToArray());
        writer.Add("activations.stream.counts", [_taken, _used, _specialTokens, _normOutliers, _current.SpecialTokens, _current.NormOutliers, _current.Epoch]);
    }

    public void Restore(ICheckpointReader reader)
    {
        Stop();
        _position = StreamPosition.FromArray(Numbers(reader, "activations.stream.position", StreamPosition.Length));
        long[] counts = Numbers(reader, "activations.stream.counts", 7);
        (_taken, _used, _specialTokens, _normOutliers) = (counts[0], (int)Math.Clamp(counts[1], 0, int.MaxValue), counts[2], counts[3]);
        // The current block is counted already; reading it again replaces its counts by the same.
        _current = (counts[4], counts[5], counts[6]);
    }

    public void Dispose() => Stop();

    internal static long[] Numbers(ICheckpointReader reader, string name, int count)
    {
        long[] numbers = reader.ReadInt64(name);
        return numbers.Length == count
            ? numbers
            : throw new InputException($"'{name}' in the checkpoint has {numbers.Length} numbers; expected {count}.");
    }

    /// <summary>Sees to it that the current block has a vector left; false at the end of the stream.</summary>
    private bool Next(Calibration calibration)
    {
        while (_block == null || _used >= _block.KeptCount)
        {
            if (_block != null)
            {
                _position = _block.End;
                _specialTokens += _current.SpecialTokens;
                _normOutliers += _current.NormOutliers;
                _current = (0, 0, _current.Epoch);
                _used = 0;
                _prefetcher!.Return(_block);
                _block = null;
            }

            _prefetcher ??= Start(calibration);
            _block = _prefetcher.Take();
            if (_block == null) return false;
            _current = (_block.SpecialTokens, _block.NormOutliers, _block.End.Epoch);
        }

        return true;
    }

    private Prefetcher Start(Calibration calibration)
    {
        IVectorReader reader = _open();
        try
        {
            reader.Position = _position;
            VectorBlock[] blocks = new VectorBlock[Blocks];
            for (int i = 0; i < Blocks; i++) blocks[i] = new VectorBlock(_device, reader.BlockRows, reader.Width);
            return new Prefetcher(reader, _filter, calibration, blocks, _limit - _taken + _used);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    private void Stop()
    {
        _prefetcher?.Dispose();
        _prefetcher = null;
        _block = null;
    }
}

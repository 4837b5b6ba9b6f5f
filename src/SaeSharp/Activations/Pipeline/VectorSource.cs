using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Training;

namespace SaeSharp.Activations.Pipeline;

/// <summary>The common part of every source: calibration, filters, reading ahead, shuffling, scaling, counting, saving.</summary>
internal sealed class VectorSource : IActivationSource
{
    private readonly Device _device;
    private readonly DataSpec _data;
    private readonly Func<bool, IVectorReader> _open;
    private readonly BlockStream _stream;
    private readonly ShuffleBuffer? _buffer;
    private readonly long[] _identity;
    private readonly IDisposable? _owned;
    private Calibration? _calibration;
    private long _delivered;
    private bool _disposed;

    /// <summary>Makes a source; nothing is read before the first vector or <see cref="InputScale"/> is asked for.</summary>
    /// <param name="device">Where vectors live.</param>
    /// <param name="data">Filters, scaling, shuffling.</param>
    /// <param name="open">Opens the stream of raw vectors at its beginning; its argument says whether it begins again when it ends.</param>
    /// <param name="options">Number of vectors and seed.</param>
    /// <param name="identity">Numbers that tell this stream from others (sizes, lengths); a checkpoint of another stream is refused.</param>
    /// <param name="owned">Goes when the source goes.</param>
    public VectorSource(
        Device device, DataSpec data, Func<bool, IVectorReader> open, VectorSourceOptions options, ReadOnlySpan<long> identity, IDisposable? owned = null)
    {
        (_device, _data, _open, _owned) = (device, data, open, owned);
        using IVectorReader reader = open(options.Repeat);
        Width = reader.Width;
        _identity = [Width, reader.BlockRows, (long)data.Shuffle, .. identity];
        _stream = new BlockStream(device, () => open(options.Repeat), reader.BlockRows, new VectorFilter(device, data), options.Limit);
        if (data.Shuffle == Shuffle.Buffer) _buffer = new ShuffleBuffer(device, BufferRows(options), Width, options.Seed);
    }

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public double InputScale => Calibrated().InputScale;

    /// <inheritdoc/>
    public ActivationCounts Counts => new(_delivered, _stream.SpecialTokens, _stream.NormOutliers, (int)Math.Min(int.MaxValue, _stream.Epoch));

    /// <inheritdoc/>
    public bool TryFill(MatrixView batch)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (batch.Columns != Width) throw new ArgumentException($"The batch has {batch.Columns} columns; vectors have width {Width}.", nameof(batch));
        Calibration calibration = Calibrated();
        if (!(_buffer == null ? FillInOrder(batch, calibration) == batch.Rows : FillFromBuffer(batch, calibration))) return false;
        if (calibration.InputScale != 1) _device.Axpby((float)calibration.InputScale, batch, 0f, batch);
        _delivered += batch.Rows;
        return true;
    }

    /// <summary>Fills as many rows as there are vectors left, in the given order and unscaled; returns their number.</summary>
    internal int FillUpTo(MatrixView batch)
    {
        int count = FillInOrder(batch, Calibrated());
        _delivered += count;
        return count;
    }

    /// <inheritdoc/>
    public void Save(ICheckpointWriter writer)
    {
        Calibration calibration = Calibrated();
        writer.Add("activations.identity", _identity);
        writer.Add("activations.calibration", [calibration.MedianNorm, calibration.MeanNorm, calibration.InputScale]);
        writer.Add("activations.delivered", [_delivered]);
        _stream.Save(writer);
        _buffer?.Save(writer);
    }

    /// <inheritdoc/>
    public void Restore(ICheckpointReader reader)
    {
        long[] identity = reader.ReadInt64("activations.identity");
        if (!identity.AsSpan().SequenceEqual(_identity))
        {
            throw new InputException("The checkpoint was made from other activations: the model, the corpus, or the data section of the recipe has changed since.");
        }

        double[] calibration = reader.ReadDouble("activations.calibration");
        if (calibration.Length != 3 || calibration[2] == 0 || calibration.AsSpan().ContainsAnyExceptInRange(0, double.MaxValue))
            throw new InputException("'activations.calibration' in the checkpoint is not three positive numbers.");
        _calibration = new Calibration(calibration[0], calibration[1], calibration[2]);
        _delivered = BlockStream.Numbers(reader, "activations.delivered", 1)[0];
        _stream.Restore(reader);
        _buffer?.Restore(reader);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _stream.Dispose();
        _buffer?.Dispose();
        _owned?.Dispose();
    }

    /// <summary>What was measured of the norms; measured now if it has not been.</summary>
    internal Calibration Calibrated() => _calibration ??= Calibration.Measure(_device, _data, () => _open(false));

    private int BufferRows(VectorSourceOptions options)
    {
        int rows = options.BufferRows(_data);
        long bytes = (long)rows * Width * sizeof(float), memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return bytes <= memory
            ? rows
            : throw new InputException($"data.shuffle_buffer of {rows} vectors of width {Width} takes {bytes >> 20} MiB; there are {memory >> 20} MiB of memory.");
    }

    private bool FillFromBuffer(MatrixView batch, Calibration calibration)
    {
        _buffer!.Fill(_stream, calibration);
        return _buffer.TryDraw(batch);
    }

    /// <summary>Fills rows in the given order; returns how many there were.</summary>
    private int FillInOrder(MatrixView batch, Calibration calibration)
    {
        int done = 0;
        while (done < batch.Rows)
        {
            ReadOnlySpan<int> places = _stream.PlacesUpTo(batch.Rows - done);
            int count = _stream.Take(calibration, batch.RowRange(done, places.Length), places);
            done += count;
            if (count < places.Length) break;
        }

        return done;
    }
}

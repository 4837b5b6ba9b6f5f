using SaeSharp.Numerics;
using SaeSharp.Training;

namespace SaeSharp.Activations.Pipeline;

/// <summary>A bounded pool from which vectors are drawn at random; every vector is copied in once and out once.</summary>
/// <remarks>
/// A permutation of slot numbers holds the filled slots first. Drawing swaps a random filled slot to the end of that part, so the
/// slots that a batch has emptied are the ones that are filled next. Nothing else moves.
/// </remarks>
internal sealed class ShuffleBuffer : IDisposable
{
    /// <summary>Stream of the run's seed that the drawing uses.</summary>
    private const ulong RandomStream = 0x5348_5546_464C_45;

    private readonly Device _device;
    private readonly Matrix _vectors;
    private readonly int[] _slots;
    private readonly PhiloxStream _random;
    private int _filled;

    public ShuffleBuffer(Device device, int capacity, int width, ulong seed)
    {
        _device = device;
        _vectors = device.Allocate(capacity, width);
        _slots = new int[capacity];
        for (int i = 0; i < capacity; i++) _slots[i] = i;
        _random = new PhiloxStream(seed, RandomStream);
    }

    /// <summary>Fills the empty slots from a stream as far as it goes.</summary>
    public void Fill(BlockStream stream, Calibration calibration) =>
        _filled += stream.Take(calibration, _vectors, _slots.AsSpan(_filled));

    /// <summary>Draws as many vectors as the batch has rows; false if there are not so many.</summary>
    public bool TryDraw(MatrixView batch)
    {
        if (_filled < batch.Rows) return false;
        for (int i = 0; i < batch.Rows; i++)
        {
            int drawn = _random.NextInt32(_filled--);
            (_slots[drawn], _slots[_filled]) = (_slots[_filled], _slots[drawn]);
        }

        _device.GatherRows(_vectors, _slots.AsSpan(_filled, batch.Rows), batch);
        return true;
    }

    public void Save(ICheckpointWriter writer)
    {
        writer.Add("activations.shuffle.vectors", _vectors);
        writer.Add("activations.shuffle.slots", Array.ConvertAll(_slots, slot => (long)slot));
        writer.Add("activations.shuffle.state", [_filled, unchecked((long)_random.State.Position)]);
    }

    public void Restore(ICheckpointReader reader)
    {
        long[] slots = BlockStream.Numbers(reader, "activations.shuffle.slots", _slots.Length);
        long[] state = BlockStream.Numbers(reader, "activations.shuffle.state", 2);
        bool[] seen = new bool[_slots.Length];
        foreach (long slot in slots)
        {
            if ((ulong)slot >= (ulong)seen.Length || seen[slot]) throw new InputException("'activations.shuffle.slots' in the checkpoint is not a permutation.");
            seen[slot] = true;
        }

        if ((ulong)state[0] > (ulong)_slots.Length) throw new InputException($"'activations.shuffle.state' in the checkpoint has {state[0]} filled slots of {_slots.Length}.");
        reader.Read("activations.shuffle.vectors", _vectors);
        for (int i = 0; i < slots.Length; i++) _slots[i] = (int)slots[i];
        _filled = (int)state[0];
        _random.State = _random.State with { Position = unchecked((ulong)state[1]) };
    }

    public void Dispose() => _vectors.Dispose();
}

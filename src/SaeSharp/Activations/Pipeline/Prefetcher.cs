using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace SaeSharp.Activations.Pipeline;

/// <summary>Reads and filters blocks ahead on a thread of its own, a few at most.</summary>
/// <remarks>An error on the thread is thrown by <see cref="Take"/> when its turn has come. Disposing stops the thread and waits for it.</remarks>
internal sealed class Prefetcher : IDisposable
{
    private readonly IVectorReader _reader;
    private readonly VectorFilter _filter;
    private readonly Calibration _calibration;
    private readonly VectorBlock[] _blocks;
    private readonly BlockingCollection<VectorBlock> _free = [];
    private readonly BlockingCollection<VectorBlock> _ready = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _error;

    /// <summary>Starts to read.</summary>
    /// <param name="reader">The stream; belongs to the prefetcher from now on.</param>
    /// <param name="filter">What may be trained on.</param>
    /// <param name="calibration">The norms of the data.</param>
    /// <param name="blocks">Blocks to read into.</param>
    /// <param name="wanted">Kept vectors after which reading stops.</param>
    public Prefetcher(IVectorReader reader, VectorFilter filter, Calibration calibration, VectorBlock[] blocks, long wanted)
    {
        (_reader, _filter, _calibration, _blocks) = (reader, filter, calibration, blocks);
        foreach (VectorBlock block in blocks) _free.Add(block);
        _thread = new Thread(() => Run(wanted)) { IsBackground = true, Name = "activations" };
        _thread.Start();
    }

    /// <summary>Waits for the next block; null at the end of the stream.</summary>
    public VectorBlock? Take()
    {
        if (_ready.TryTake(out VectorBlock? block, Timeout.Infinite)) return block;
        _error?.Throw();
        return null;
    }

    /// <summary>Gives a block back to be filled again.</summary>
    public void Return(VectorBlock block) => _free.Add(block);

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _reader.Dispose();
        foreach (VectorBlock block in _blocks) block.Dispose();
        _free.Dispose();
        _ready.Dispose();
        _stop.Dispose();
    }

    private void Run(long wanted)
    {
        try
        {
            long lastKept = _reader.Position.Epoch;
            while (wanted > 0)
            {
                VectorBlock block = _free.Take(_stop.Token);
                if (!block.ReadFrom(_reader, _stop.Token)) break;
                _filter.Apply(_reader, block, _calibration);
                wanted -= block.KeptCount;
                if (block.KeptCount > 0) lastKept = block.End.Epoch;
                else if (block.Start.Epoch > lastKept + 1) throw new InputException($"Not one vector is left to train on: all of them are excluded ({block.SpecialTokens} of the last {block.Count} stand at special tokens).");
                _ready.Add(block);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed while waiting; nobody takes blocks any more.
        }
#pragma warning disable CA1031 // Every error crosses to the thread that takes blocks.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _error = ExceptionDispatchInfo.Capture(error);
        }

        _ready.CompleteAdding();
    }
}

using System.Runtime.ExceptionServices;

namespace SaeSharp.Numerics.Cpu.Threading;

/// <summary>One call of <see cref="WorkSplitter.Run"/> in flight; used again by later calls with the same kind of work.</summary>
/// <remarks>
/// The caller waits for chunks, not for helpers: a helper that the pool starts late finds nothing to do. The job goes back to the
/// free list only when the last of its holders (caller and queued helpers) has let go of it, so a late helper never meets other work.
/// </remarks>
#pragma warning disable CA1001 // Jobs live as long as the process; their events hold no kernel handle.
internal sealed class WorkJob<TWork> : IThreadPoolWorkItem
    where TWork : struct, IChunkedWork
#pragma warning restore CA1001
{
    private static readonly Lock FreeLock = new();
    private static WorkJob<TWork>? s_free;

    private readonly ManualResetEventSlim _finished = new(false, 200);
    private WorkJob<TWork>? _nextFree;
    private TWork _work;
    private Exception? _error;
    private int _chunks;
    private int _started;
    private int _unfinished;
    private int _holders;

    public static WorkJob<TWork> Rent()
    {
        lock (FreeLock)
        {
            WorkJob<TWork>? job = s_free;
            if (job == null) return new WorkJob<TWork>();
            s_free = job._nextFree;
            job._nextFree = null;
            return job;
        }
    }

    public void Run(in TWork work, int chunks, int helpers)
    {
        _work = work;
        _chunks = chunks;
        _started = 0;
        _unfinished = chunks;
        _holders = helpers + 1;
        _finished.Reset();
        for (int i = 0; i < helpers; i++) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        Drain();
        _finished.Wait();
        Exception? error = _error;
        LetGo();
        if (error != null) ExceptionDispatchInfo.Throw(error);
    }

    void IThreadPoolWorkItem.Execute()
    {
        Drain();
        LetGo();
    }

    private void Drain()
    {
        int chunk;
        while ((chunk = Interlocked.Increment(ref _started) - 1) < _chunks)
        {
            try
            {
                _work.Run(chunk);
            }
#pragma warning disable CA1031 // The first error of any chunk is thrown again on the calling thread.
            catch (Exception error)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _error, error, null);
            }

            if (Interlocked.Decrement(ref _unfinished) == 0) _finished.Set();
        }
    }

    private void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) != 0) return;
        _work = default;
        _error = null;
        lock (FreeLock)
        {
            _nextFree = s_free;
            s_free = this;
        }
    }
}

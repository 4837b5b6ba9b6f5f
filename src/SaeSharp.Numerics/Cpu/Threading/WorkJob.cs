using System.Runtime.ExceptionServices;

namespace SaeSharp.Numerics.Cpu.Threading;

/// <summary>One call of <see cref="WorkSplitter.Run"/> in flight.</summary>
internal abstract class WorkJob : IThreadPoolWorkItem
{
    private WorkSplitter? _splitter;

    /// <summary>A helper comes: it works on this job, then on whatever the splitter offers next.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        WorkSplitter splitter = _splitter!;
        for (WorkJob? job = this; job != null; job = splitter.Linger()) job.Help();
    }

    protected void Call(WorkSplitter splitter, int helpers)
    {
        _splitter = splitter;
        splitter.Call(this, helpers);
    }

    protected abstract void Help();
}

/// <summary>A job for one kind of work; used again by later calls.</summary>
/// <remarks>
/// The caller waits for chunks, not for helpers: a helper that the pool starts late finds nothing to do. The job goes back to the
/// free list only when the last of its holders (caller and called helpers) has let go of it, so a late helper never meets other work.
/// </remarks>
#pragma warning disable CA1001 // Jobs live as long as the process; their events hold no kernel handle.
internal sealed class WorkJob<TWork> : WorkJob
    where TWork : struct, IChunkedWork
#pragma warning restore CA1001
{
    /// <summary>How often the caller looks whether the last chunks of others are done before it goes to sleep: about 100 µs.</summary>
    private const int Looks = 1000;

    private static readonly Lock FreeLock = new();
    private static WorkJob<TWork>? s_free;

    private readonly ManualResetEventSlim _finished = new(false, 0);
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

    public void Run(WorkSplitter splitter, in TWork work, int chunks, int helpers)
    {
        _work = work;
        _chunks = chunks;
        _started = 0;
        _unfinished = chunks;
        _holders = helpers + 1;
        _finished.Reset();
        Call(splitter, helpers);
        Drain();
        for (int look = 0; look < Looks && Volatile.Read(ref _unfinished) != 0; look++) Thread.SpinWait(10);
        _finished.Wait();
        Exception? error = _error;
        LetGo();
        if (error != null) ExceptionDispatchInfo.Throw(error);
    }

    protected override void Help()
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

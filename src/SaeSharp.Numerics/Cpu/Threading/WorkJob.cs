using System.Runtime.ExceptionServices;

namespace SaeSharp.Numerics.Cpu.Threading;

/// <summary>One call of <see cref="WorkSplitter.Run"/> in flight.</summary>
internal abstract class WorkJob
{
    private int _holders;

    /// <summary>How many more helpers may join; the splitter's to keep.</summary>
    internal int Wanted { get; set; }

    /// <summary>The next job that helpers may join; the splitter's to keep.</summary>
    internal WorkJob? NextOpen { get; set; }

    /// <summary>Works on the job until nothing is left to begin, then lets go of it.</summary>
    internal void Help()
    {
        Drain();
        LetGo();
    }

    /// <summary>One more thread uses this object.</summary>
    internal void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>One thread less does; after the last one the object serves another call.</summary>
    protected void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0) Retire();
    }

    protected abstract void Drain();

    protected abstract void Retire();
}

/// <summary>A job for one kind of work; used again by later calls.</summary>
/// <remarks>
/// The caller waits for chunks, not for helpers: none may join any more once all chunks are done, and those that did join are about
/// to let go. The job goes back to the free list only when the last of its holders has, so nobody ever meets other work.
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
        _finished.Reset();
        Hold();
        splitter.Open(this, helpers);
        Drain();
        splitter.Close(this);
        for (int look = 0; look < Looks && Volatile.Read(ref _unfinished) != 0; look++) Thread.SpinWait(10);
        _finished.Wait();
        Exception? error = _error;
        LetGo();
        if (error != null) ExceptionDispatchInfo.Throw(error);
    }

    protected override void Drain()
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

    protected override void Retire()
    {
        _work = default;
        _error = null;
        lock (FreeLock)
        {
            _nextFree = s_free;
            s_free = this;
        }
    }
}

using System.Diagnostics;

namespace SaeSharp.Numerics.Cpu.Threading;

/// <summary>Spreads chunks of work over the threads of the .NET pool; the calling thread takes part.</summary>
/// <remarks>
/// <para>Allocates nothing once as many jobs of a kind exist as ever run at the same time. Safe to call from several threads and
/// from within a chunk.</para>
/// <para>Kernels follow each other within microseconds, but waking a thread of the pool takes up to a hundred (on virtual machines more
/// than the kernel): helpers therefore stay for <see cref="LingerMicroseconds"/> after a job and take the next one without being woken.</para>
/// </remarks>
internal sealed class WorkSplitter(int threads)
{
    private const int LingerMicroseconds = 60;
    private static readonly long s_linger = Stopwatch.Frequency * LingerMicroseconds / 1_000_000;

    private readonly Lock _lock = new();
    private readonly WorkJob?[] _offers = new WorkJob?[Math.Max(1, threads)];
    private volatile int _offered;
    private int _lingering;

    /// <summary>How many threads may work on one call.</summary>
    public int Threads { get; } = threads;

    /// <summary>Number of blocks of <paramref name="size"/> that cover <paramref name="count"/>.</summary>
    public static int Blocks(long count, long size) => checked((int)((count + size - 1) / size));

    /// <summary>Runs chunks 0 … <paramref name="chunks"/> − 1 and returns when all are done.</summary>
    public void Run<TWork>(int chunks, in TWork work)
        where TWork : struct, IChunkedWork
    {
        int helpers = Math.Min(Threads, chunks) - 1;
        if (helpers > 0)
        {
            WorkJob<TWork>.Rent().Run(this, work, chunks, helpers);
            return;
        }

        TWork own = work;
        for (int chunk = 0; chunk < chunks; chunk++) own.Run(chunk);
    }

    /// <summary>Finds helpers for a job: those that linger, otherwise threads of the pool.</summary>
    internal void Call(WorkJob job, int helpers)
    {
        if (Volatile.Read(ref _lingering) > 0)
        {
            lock (_lock)
            {
                // Never more offers than lingering helpers, so that none is left lying.
                while (helpers > 0 && _offered < Math.Min(_lingering, _offers.Length))
                {
                    _offers[_offered] = job;
                    _offered++;
                    helpers--;
                }
            }
        }

        for (; helpers > 0; helpers--) ThreadPool.UnsafeQueueUserWorkItem(job, preferLocal: false);
    }

    /// <summary>Waits a moment for another job; null if none comes.</summary>
    internal WorkJob? Linger()
    {
        lock (_lock) _lingering++;
        long start = Stopwatch.GetTimestamp();
        while (_offered == 0 && Stopwatch.GetTimestamp() - start < s_linger) Thread.SpinWait(8);
        lock (_lock)
        {
            _lingering--;
            if (_offered == 0) return null;
            _offered--;
            WorkJob? job = _offers[_offered];
            _offers[_offered] = null;
            return job;
        }
    }
}

using System.Diagnostics;

namespace SaeSharp.Numerics.Cpu.Threading;

/// <summary>Spreads chunks of work over the threads of the .NET pool; the calling thread takes part.</summary>
/// <remarks>
/// <para>Allocates nothing once as many jobs of a kind exist as ever run at the same time. Safe to call from several threads, which then
/// share the helpers, and from within a chunk.</para>
/// <para>Kernels follow each other within microseconds, but waking a thread of the pool takes up to a hundred (on virtual machines more
/// than many a kernel): helpers therefore linger for <see cref="LingerMicroseconds"/> after a job and take the next one without being woken.</para>
/// </remarks>
internal sealed class WorkSplitter(int threads) : IThreadPoolWorkItem
{
    private const int LingerMicroseconds = 60;
    private static readonly long s_linger = Stopwatch.Frequency * LingerMicroseconds / 1_000_000;

    private readonly Lock _lock = new();
    private WorkJob? _firstOpen;
    private int _present;

    /// <summary>How many threads may work at once, callers aside that come in parallel.</summary>
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

    /// <summary>Lets helpers join a job.</summary>
    internal void Open(WorkJob job, int helpers)
    {
        int missing;
        lock (_lock)
        {
            job.Wanted = helpers;
            job.NextOpen = null;
            if (_firstOpen == null)
            {
                Volatile.Write(ref _firstOpen, job);
            }
            else
            {
                WorkJob last = _firstOpen;
                while (last.NextOpen != null) last = last.NextOpen;
                last.NextOpen = job;
            }

            missing = Math.Min(helpers, Threads - 1 - _present);
            _present += Math.Max(0, missing);
        }

        for (; missing > 0; missing--) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Lets no more helpers join a job.</summary>
    internal void Close(WorkJob job)
    {
        lock (_lock)
        {
            if (_firstOpen == job)
            {
                _firstOpen = job.NextOpen;
                return;
            }

            for (WorkJob? other = _firstOpen; other != null; other = other.NextOpen)
            {
                if (other.NextOpen == job) other.NextOpen = job.NextOpen;
            }
        }
    }

    /// <summary>A helper comes: it joins jobs until none has been opened for a while.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        long idleSince = Stopwatch.GetTimestamp();
        while (true)
        {
            if (Volatile.Read(ref _firstOpen) != null && Join() is { } job)
            {
                job.Help();
                idleSince = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetTimestamp() - idleSince < s_linger)
            {
                Thread.SpinWait(8);
            }
            else if (Leave())
            {
                return;
            }
        }
    }

    private WorkJob? Join()
    {
        lock (_lock)
        {
            WorkJob? job = _firstOpen;
            if (job == null) return null;
            job.Hold();
            if (--job.Wanted == 0) _firstOpen = job.NextOpen;
            return job;
        }
    }

    /// <summary>Leaves unless a job has been opened meanwhile, whose caller counts on whoever is present.</summary>
    private bool Leave()
    {
        lock (_lock)
        {
            if (_firstOpen != null) return false;
            _present--;
            return true;
        }
    }
}

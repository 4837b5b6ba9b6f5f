namespace SaeSharp.Numerics.Cpu.Threading;

/// <summary>Spreads chunks of work over the threads of the .NET pool; the calling thread takes part.</summary>
/// <remarks>Allocates nothing once as many jobs of a kind exist as ever run at the same time. Safe to call from several threads and from within a chunk.</remarks>
internal sealed class WorkSplitter(int threads)
{
    /// <summary>How many threads may work on one call.</summary>
    public int Threads { get; } = threads;

    /// <summary>Runs chunks 0 … <paramref name="chunks"/> − 1 and returns when all are done.</summary>
    public void Run<TWork>(int chunks, in TWork work)
        where TWork : struct, IChunkedWork
    {
        int helpers = Math.Min(Threads, chunks) - 1;
        if (helpers > 0)
        {
            WorkJob<TWork>.Rent().Run(work, chunks, helpers);
            return;
        }

        TWork own = work;
        for (int chunk = 0; chunk < chunks; chunk++) own.Run(chunk);
    }

    /// <summary>Number of blocks of <paramref name="size"/> that cover <paramref name="count"/>.</summary>
    public static int Blocks(long count, long size) => checked((int)((count + size - 1) / size));
}

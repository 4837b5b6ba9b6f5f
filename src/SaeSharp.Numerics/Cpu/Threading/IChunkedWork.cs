namespace SaeSharp.Numerics.Cpu.Threading;

/// <summary>Work cut into independent chunks; implemented by readonly structs that carry the operands.</summary>
/// <remarks>The cut depends on shapes only, never on the number of threads, so that results don't either.</remarks>
internal interface IChunkedWork
{
    /// <summary>Does one chunk. Chunks run in any order, on any thread, several at once.</summary>
    void Run(int chunk);
}

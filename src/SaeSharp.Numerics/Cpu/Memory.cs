using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace SaeSharp.Numerics.Cpu;

/// <summary>Native memory for matrices, and hints to the caches.</summary>
internal static unsafe partial class Memory
{
    private const nuint HugePage = 2 << 20;
    private const int AdviseHugePage = 14;

    /// <summary>At least 64-byte-aligned memory with arbitrary contents; give it back with <see cref="NativeMemory.AlignedFree"/>.</summary>
    /// <remarks>Large blocks ask Linux for 2 MB pages: gathers over wide tables and strided tiles of C miss the address cache less.</remarks>
    public static void* Allocate(nuint bytes)
    {
        if (bytes < 2 * HugePage || !OperatingSystem.IsLinux()) return NativeMemory.AlignedAlloc(Math.Max(bytes, 64), 64);
        void* memory = NativeMemory.AlignedAlloc(bytes, HugePage);
        // A hint: where the system does not know it, pages stay small.
        _ = Advise(memory, bytes / HugePage * HugePage, AdviseHugePage);
        return memory;
    }

    /// <summary>Hints that a line will be read soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchL1(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    /// <summary>Hints that a line will be read a little later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchL2(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }

    /// <summary>Makes stores past the caches visible to other threads before whatever comes next.</summary>
    public static void StoreFence()
    {
        if (Sse.IsSupported) Sse.StoreFence();
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}

using SaeSharp.Numerics.Tests.Support;

namespace SaeSharp.Numerics.Tests.Cpu;

/// <summary>Counts the allocations of the whole process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public class AllocationTests
{
    [Fact]
    public void Kernels_do_not_allocate_after_their_first_calls()
    {
        using var device = new CpuDevice(2);
        using var problem = new TrainingProblem(device);
        for (int i = 0; i < 5; i++) problem.Run();
        long least = long.MaxValue;
        for (int trial = 0; trial < 5; trial++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < 10; i++) problem.Run();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        // Threads of the test host allocate now and then, but not in every trial; one object a kernel would be 8 kB a trial.
        Assert.InRange(least, 0, 4096);
    }
}

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
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < 20; i++) problem.Run();
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        // The test host's own threads may allocate meanwhile; twenty rounds of some thirty kernels would show even one object each.
        Assert.InRange(allocated, 0, 16 * 1024);
    }
}

using SaeSharp.Models.Hub;

namespace SaeSharp.Models.Tests.Hub;

/// <summary>Keeps all reports in order.</summary>
internal sealed class Reports : IProgress<HubProgress>
{
    public List<HubProgress> All { get; } = [];

    public void Report(HubProgress value)
    {
        lock (All) All.Add(value);
    }
}

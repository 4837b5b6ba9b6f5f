using SaeSharp.Models.Forward;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Qwen35;

/// <summary>The part of a block that mixes tokens.</summary>
internal interface IQwen35Mixer : IDisposable
{
    /// <summary>Mixes; stops early when the pass has what it wants.</summary>
    /// <param name="device">Where the numbers are.</param>
    /// <param name="tokens">The batch.</param>
    /// <param name="pass">Whose hook points values go through.</param>
    /// <param name="normed">[tokens, width]: the input.</param>
    /// <param name="branch">[tokens, width]: what the residual stream gets.</param>
    /// <param name="workspace">The memory of the pass.</param>
    void Forward(Device device, in TokenBatch tokens, ForwardPass pass, MatrixView normed, MatrixView branch, Qwen35Workspace workspace);
}

using SaeSharp.Numerics;

namespace SaeSharp.Activations.Capture;

/// <summary>What capturing needs of a host model: the vectors at one hook point.</summary>
internal interface IHostCapture : IDisposable
{
    /// <summary>Width D at the hook point.</summary>
    int Width { get; }

    /// <summary>Runs contexts of one length as far as the hook point.</summary>
    /// <param name="tokens">[contexts × length], context by context.</param>
    /// <param name="contexts">Number of contexts.</param>
    /// <param name="target">[contexts × length, D]</param>
    void Run(ReadOnlySpan<int> tokens, int contexts, MatrixView target);
}

using SaeSharp.Activations.Capture;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Activations;

/// <summary>A host model whose vector tells the token and its position in the context.</summary>
internal sealed class FakeHost(int width, int length) : IHostCapture
{
    public int Runs { get; private set; }

    public int FailAtRun { get; init; } = -1;

    public int NotFiniteAtRun { get; init; } = -1;

    /// <summary>Vectors at the first position are this much longer, like an attention sink.</summary>
    public float FirstPositionFactor { get; init; } = 1;

    public int Width => width;

    public void Run(ReadOnlySpan<int> tokens, int contexts, MatrixView target)
    {
        if (Runs == FailAtRun) throw new InvalidOperationException("the host failed");
        for (int row = 0; row < tokens.Length; row++) Vector(tokens[row], row % length, target.Row(row));
        if (Runs == NotFiniteAtRun) target.Row(target.Rows / 2)[1] = float.NaN;
        Runs++;
    }

    /// <summary>The vector of a token at a position; its norm lies between 1 and 2 times √width.</summary>
    public void Vector(int token, int position, Span<float> vector)
    {
        for (int i = 0; i < vector.Length; i++) vector[i] = 1f + (((token * 1031L) + (position * 7919L) + (i * 15013L)) % 65521 / 65521f);
        if (position == 0)
        {
            foreach (ref float value in vector) value *= FirstPositionFactor;
        }
    }

    public void Dispose()
    {
    }
}

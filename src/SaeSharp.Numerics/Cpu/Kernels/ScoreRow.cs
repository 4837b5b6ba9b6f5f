namespace SaeSharp.Numerics.Cpu.Kernels;

/// <summary>A row of scores to choose from: value <c>score + bias</c>, key <c>weight · value</c>.</summary>
internal readonly unsafe struct ScoreRow(int count, float* scores, float* bias, float* weights)
{
    /// <summary>Length of the row.</summary>
    public int Count => count;

    /// <summary>The scores.</summary>
    public float* Scores => scores;

    /// <summary>Added to the scores; or null.</summary>
    public float* Bias => bias;

    /// <summary>Decides the order; or null.</summary>
    public float* Weights => weights;

    public float Value(int index) => bias == null ? scores[index] : scores[index] + bias[index];

    public float Key(int index) => weights == null ? Value(index) : Value(index) * weights[index];
}

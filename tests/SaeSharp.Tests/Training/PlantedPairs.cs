using SaeSharp.Numerics;

namespace SaeSharp.Tests.Training;

/// <summary>
/// Vectors with planted interactions: x = Σ_i z_i v_i + Σ_pairs z_i z_j w_ij. Features v and pair directions w are orthonormal;
/// four of sixteen features are on, independently of each other, so a pair's direction is no feature: it appears only where both are on.
/// </summary>
internal sealed class PlantedPairs : IDisposable
{
    public const int Width = 32;
    public const int Features = 16;
    public const int Active = 4;

    private readonly PhiloxStream _random;
    private readonly Matrix _directions;
    private readonly double _strength;

    public PlantedPairs(Device device, ulong seed, double strength)
    {
        _random = new PhiloxStream(seed, 1);
        _strength = strength;
        _directions = device.Allocate(Width, Features + Pairs.Length);
        new PhiloxStream(seed, 0).FillNormal(_directions.AsSpan());
        device.Orthonormalize(_directions);
    }

    /// <summary>Features that interact.</summary>
    public static (int First, int Second)[] Pairs { get; } = [(0, 1), (2, 3), (4, 5), (6, 7)];

    /// <summary>v_i.</summary>
    public double[] Feature(int i) => Column(i);

    /// <summary>w of a pair, of norm 1.</summary>
    public double[] PairDirection(int pair) => Column(Features + pair);

    /// <summary>Fills a batch.</summary>
    public void Fill(MatrixView x)
    {
        Span<int> order = stackalloc int[Features];
        Span<float> z = stackalloc float[Features];
        for (int b = 0; b < x.Rows; b++)
        {
            for (int i = 0; i < Features; i++) order[i] = i;
            z.Clear();
            for (int i = 0; i < Active; i++)
            {
                int j = i + _random.NextInt32(Features - i);
                (order[i], order[j]) = (order[j], order[i]);
                z[order[i]] = 0.5f + _random.NextSingle();
            }

            Span<float> row = x.Row(b);
            row.Clear();
            for (int i = 0; i < Features; i++) Add(row, z[i], i);
            for (int p = 0; p < Pairs.Length; p++) Add(row, (float)(_strength * z[Pairs[p].First] * z[Pairs[p].Second]), Features + p);
        }
    }

    public void Dispose() => _directions.Dispose();

    private void Add(Span<float> row, float weight, int direction)
    {
        for (int d = 0; d < Width && weight != 0; d++) row[d] += weight * _directions[d, direction];
    }

    private double[] Column(int index) => [.. Enumerable.Range(0, Width).Select(d => (double)_directions[d, index])];
}

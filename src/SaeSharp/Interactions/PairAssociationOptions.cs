namespace SaeSharp.Interactions;

/// <summary>How strength is compared with co-occurrence.</summary>
public sealed record PairAssociationOptions
{
    /// <summary>Pairs that co-occur at fewer tokens are left out.</summary>
    public int LeastCount { get; init; } = 1;

    /// <summary>Pairs kept for rank correlations, intervals and scatter plots; if more qualify, so many are drawn without replacement.</summary>
    public int SampleSize { get; init; } = 500_000;

    /// <summary>Resamples of the bootstrap; 0 for no intervals.</summary>
    public int Resamples { get; init; } = 200;

    /// <summary>Share of resamples inside an interval.</summary>
    public double Level { get; init; } = 0.95;

    /// <summary>Seed of sample and resamples.</summary>
    public ulong Seed { get; init; }
}

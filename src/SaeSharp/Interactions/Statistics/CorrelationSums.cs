namespace SaeSharp.Interactions.Statistics;

/// <summary>Pearson's correlation, gathered pair by pair in one pass (Welford's update, in double).</summary>
internal struct CorrelationSums
{
    private double _weight, _meanX, _meanY, _xx, _yy, _xy;

    /// <summary>The correlation; NaN where one side does not vary.</summary>
    public readonly double Value
    {
        get
        {
            // A side whose spread is rounding of its mean does not vary.
            bool varies = _xx > 1e-24 * _weight * _meanX * _meanX && _yy > 1e-24 * _weight * _meanY * _meanY;
            return varies ? Math.Clamp(_xy / (Math.Sqrt(_xx) * Math.Sqrt(_yy)), -1, 1) : double.NaN;
        }
    }

    public void Add(double x, double y, double weight = 1)
    {
        if (weight == 0) return;
        _weight += weight;
        double dx = x - _meanX, dy = y - _meanY, share = weight / _weight;
        _meanX += dx * share;
        _meanY += dy * share;
        _xx += weight * dx * (x - _meanX);
        _yy += weight * dy * (y - _meanY);
        _xy += weight * dx * (y - _meanY);
    }
}

using SaeSharp.Numerics;

namespace SaeSharp.Models.Weights;

/// <summary>Weights that recurrent models store in a form of their own.</summary>
internal static class RecurrentWeights
{
    /// <summary>A depthwise convolution, stored [channels, 1, taps], as [taps, channels].</summary>
    public static Matrix Taps(this WeightReader reader, string name, int channels, int taps)
    {
        using Matrix stored = reader.Device.Allocate(channels, taps);
        reader.Into(name, stored, channels, 1, taps);
        Matrix result = reader.Device.Allocate(taps, channels);
        for (int channel = 0; channel < channels; channel++)
        {
            for (int tap = 0; tap < taps; tap++) result[tap, channel] = stored[channel, tap];
        }

        return result;
    }

    /// <summary>−exp(A_log), one a head.</summary>
    public static Matrix DecayRates(this WeightReader reader, string name, int heads)
    {
        Matrix rates = reader.Vector(name, heads);
        foreach (ref float rate in rates.AsSpan()) rate = (float)-Math.Exp(rate);
        return rates;
    }

    /// <summary>A vector that may be stored with dimensions of 1 in front.</summary>
    public static Matrix FlatVector(this WeightReader reader, string name, int length)
    {
        IReadOnlyList<long> shape = reader.ShapeOf(name);
        bool isVector = shape.Count > 0 && shape[^1] == length && shape.SkipLast(1).All(size => size == 1);
        return isVector ? reader.Vector(name, length, [.. shape]) : reader.Vector(name, length);
    }
}

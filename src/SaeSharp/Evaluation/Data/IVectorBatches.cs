using SaeSharp.Numerics;

namespace SaeSharp.Evaluation.Data;

/// <summary>An evaluation set: the same vectors in the same order as often as one likes.</summary>
public interface IVectorBatches
{
    /// <summary>Width D.</summary>
    int Width { get; }

    /// <summary>Most vectors of a batch.</summary>
    int LargestBatch { get; }

    /// <summary>Vectors of the whole set, those that are left out included.</summary>
    long Count { get; }

    /// <summary>What was counted and left out; complete after one pass.</summary>
    IReadOnlyDictionary<string, long> Counts { get; }

    /// <summary>Begins anew.</summary>
    void Restart();

    /// <summary>The next vectors, [n, D] with n from 0 (all of a batch left out) to <see cref="LargestBatch"/>; valid until the next call.</summary>
    /// <returns>False at the end.</returns>
    bool TryNext(out MatrixView vectors);
}

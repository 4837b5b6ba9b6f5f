using SaeSharp.Numerics;
using SaeSharp.Training;

namespace SaeSharp.Activations;

/// <summary>Where training vectors come from.</summary>
/// <remarks>One reader at a time. Two sources made from one recipe deliver the same vectors in the same order, on any number of threads.</remarks>
public interface IActivationSource : IDisposable
{
    /// <summary>Width D of a vector.</summary>
    int Width { get; }

    /// <summary>Factor that delivered vectors have been multiplied with; to be folded into saved weights.</summary>
    double InputScale { get; }

    /// <summary>What has been delivered and left out so far.</summary>
    ActivationCounts Counts { get; }

    /// <summary>Fills every row of the batch [B, D] with the next vectors.</summary>
    /// <returns>False when there are not enough vectors left; the batch is then undefined.</returns>
    bool TryFill(MatrixView batch);

    /// <summary>Writes all that is needed to go on from here bit for bit.</summary>
    void Save(ICheckpointWriter writer);

    /// <summary>Goes on from where <see cref="Save"/> was called.</summary>
    void Restore(ICheckpointReader reader);
}

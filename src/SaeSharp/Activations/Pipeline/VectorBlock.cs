using SaeSharp.Numerics;

namespace SaeSharp.Activations.Pipeline;

/// <summary>Vectors on their way from a reader to the shuffle buffer, with what is known of each; used again and again.</summary>
internal sealed class VectorBlock : IDisposable
{
    public VectorBlock(Device device, int rows, int width)
    {
        Vectors = device.Allocate(rows, width);
        Norms = device.Allocate(1, rows);
        IsSpecial = new bool[rows];
        IsPadding = new bool[rows];
        Kept = new int[rows];
    }

    /// <summary>The vectors, [capacity, D]; the first <see cref="Count"/> rows are in use.</summary>
    public Matrix Vectors { get; }

    /// <summary>Norm of each row, [1, capacity].</summary>
    public Matrix Norms { get; }

    /// <summary>Which rows stand at special tokens.</summary>
    public bool[] IsSpecial { get; }

    /// <summary>Which rows are no vectors at all: behind the end of a short context.</summary>
    public bool[] IsPadding { get; }

    /// <summary>Rows that may be trained on; the first <see cref="KeptCount"/> are in use.</summary>
    public int[] Kept { get; }

    public int Count { get; set; }

    public int KeptCount { get; set; }

    /// <summary>Rows left out because they stand at special tokens.</summary>
    public int SpecialTokens { get; set; }

    /// <summary>Rows left out because of their norm.</summary>
    public int NormOutliers { get; set; }

    /// <summary>Where the block begins in its stream.</summary>
    public StreamPosition Start { get; set; }

    /// <summary>Where the next block begins.</summary>
    public StreamPosition End { get; set; }

    /// <summary>Reads the next block of a stream; false at its end.</summary>
    public bool ReadFrom(IVectorReader reader, CancellationToken cancel)
    {
        Start = reader.Position;
        if (!reader.Read(this, cancel)) return false;
        End = reader.Position;
        return true;
    }

    public void Dispose()
    {
        Vectors.Dispose();
        Norms.Dispose();
    }
}

namespace SaeSharp.Numerics;

/// <summary>The one seam between what is computed and where: memory and kernels.</summary>
/// <remarks>
/// <para>Shapes are written <c>[B, D]</c>: <c>B</c> tokens, <c>D</c> width, <c>F</c> latents, <c>k</c> active latents a token.
/// Every kernel checks the shapes that it is given (<see cref="ArgumentException"/>) and gives bit-identical results for any number of threads.</para>
/// <para>No loop over tokens lives outside a device on the training and capture path.
/// Kernels do not allocate managed memory after their first call with a shape.</para>
/// <para>Calls on one device from several threads are allowed as long as they do not write the same memory.</para>
/// </remarks>
public abstract partial class Device : IDisposable
{
    /// <summary>What to call this device in messages, e.g. <c>cpu (2 threads, AVX-512)</c>.</summary>
    public abstract string Name { get; }

    /// <summary>How many threads kernels may use.</summary>
    public abstract int Threads { get; }

    /// <summary>A new matrix, all zeros.</summary>
    public virtual Matrix Allocate(int rows, int columns) => new(this, rows, columns);

    /// <summary>A new empty sparse matrix with room for <paramref name="rowCapacity"/> rows and <paramref name="capacity"/> entries.</summary>
    public virtual CsrMatrix AllocateCsr(int rowCapacity, int columns, int capacity) => new(rowCapacity, columns, capacity);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what the device holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

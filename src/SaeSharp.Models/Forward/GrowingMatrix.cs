using SaeSharp.Numerics;

namespace SaeSharp.Models.Forward;

/// <summary>A matrix of fixed width that grows to the most rows that anybody asked for.</summary>
internal sealed class GrowingMatrix(Device device, int columns) : IDisposable
{
    private Matrix? _matrix;

    /// <summary>So many rows; what they hold is arbitrary.</summary>
    public MatrixView Rows(int count)
    {
        if (_matrix is null || _matrix.Rows < count)
        {
            _matrix?.Dispose();
            _matrix = null;
            _matrix = device.Allocate(count, columns);
        }

        return _matrix.RowRange(0, count);
    }

    public void Dispose()
    {
        _matrix?.Dispose();
        _matrix = null;
    }
}

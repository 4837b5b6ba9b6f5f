using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries;

/// <summary>A trainable tensor with its gradient and Adam's moments.</summary>
/// <remarks>Gradient and moments are allocated when training first asks for them, so that a dictionary in use costs its weights only.</remarks>
public sealed class Parameter : IDisposable
{
    private Matrix? _gradient;
    private Matrix? _first;
    private Matrix? _second;

    internal Parameter(Device device, string name, int rows, int columns)
    {
        Name = name;
        Value = device.Allocate(rows, columns);
    }

    /// <summary>Name in checkpoints and messages, e.g. <c>W_enc</c>.</summary>
    public string Name { get; }

    /// <summary>The numbers, [rows, columns].</summary>
    public Matrix Value { get; }

    /// <summary>∂loss/∂value of the last step.</summary>
    public Matrix Gradient => _gradient ??= Value.Device.Allocate(Value.Rows, Value.Columns);

    /// <summary>Adam's first moment.</summary>
    public Matrix FirstMoment => _first ??= Value.Device.Allocate(Value.Rows, Value.Columns);

    /// <summary>Adam's second moment.</summary>
    public Matrix SecondMoment => _second ??= Value.Device.Allocate(Value.Rows, Value.Columns);

    /// <summary>Whether something has been written to the gradient in this step.</summary>
    public bool HasGradient { get; private set; }

    /// <summary>Forgets the gradient; the next writer overwrites it.</summary>
    public void ClearGradient() => HasGradient = false;

    /// <summary>What the next writer scales the gradient's content with: 0 for the first of a step, then 1.</summary>
    public float TakeBeta()
    {
        float beta = HasGradient ? 1f : 0f;
        HasGradient = true;
        return beta;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Value.Dispose();
        _gradient?.Dispose();
        _first?.Dispose();
        _second?.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Value}";
}

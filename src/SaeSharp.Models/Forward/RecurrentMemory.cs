using SaeSharp.Numerics;

namespace SaeSharp.Models.Forward;

/// <summary>The states and earlier inputs of one recurrent layer: [sequences · heads, d_k · d_v] and [sequences · window rows, window width].</summary>
internal sealed class RecurrentMemory(Device device, RecurrentLayerShape shape) : IDisposable
{
    private readonly GrowingMatrix _states = new(device, shape.StateSize);
    private readonly GrowingMatrix _window = new(device, shape.WindowWidth);

    public MatrixView States { get; private set; }

    public MatrixView Window { get; private set; }

    /// <summary>The beginning of a text: all zeros.</summary>
    public void Clear(int sequences)
    {
        States = _states.Rows(checked(sequences * shape.Heads));
        Window = _window.Rows(checked(sequences * shape.WindowRows));
        device.Fill(States, 0f);
        device.Fill(Window, 0f);
    }

    public void Dispose()
    {
        _states.Dispose();
        _window.Dispose();
    }
}

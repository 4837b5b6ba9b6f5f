using SaeSharp.Models;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;

namespace SaeSharp.Activations.Capture;

/// <summary>A language model that runs as far as one hook point.</summary>
internal sealed class LanguageModelCapture(LanguageModel model, HookPoint point, bool ownsModel) : IHostCapture
{
    private readonly ForwardPass _pass = new();

    public int Width { get; } = model.Description.WidthOf(point);

    public void Run(ReadOnlySpan<int> tokens, int contexts, MatrixView target) =>
        model.Forward(new TokenBatch(tokens, contexts), _pass.Clear().Capture(point, target));

    public void Dispose()
    {
        if (ownsModel) model.Dispose();
    }
}

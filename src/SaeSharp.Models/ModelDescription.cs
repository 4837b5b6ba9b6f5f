using SaeSharp.Models.Hooks;

namespace SaeSharp.Models;

/// <summary>What a model is, known without reading its weights.</summary>
public sealed record ModelDescription
{
    /// <summary>The family, e.g. <c>gpt2</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Attention heads a block; 0 for a model without.</summary>
    public required int Heads { get; init; }

    /// <summary>Number of token ids, and of logits.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Most tokens of a sequence.</summary>
    public required int ContextLength { get; init; }

    /// <summary>The token that ends a text and joins documents; null if the configuration names none.</summary>
    public required int? EndOfText { get; init; }

    /// <summary>Number of weights; tied ones count once.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>All hook points in the order in which the model passes them.</summary>
    public required IReadOnlyList<HookPointShape> HookPoints { get; init; }

    /// <summary>The shape of a hook point's values.</summary>
    /// <exception cref="InputException">The model has no such point.</exception>
    public HookPointShape Shape(HookPoint point)
    {
        for (int i = 0; i < HookPoints.Count; i++)
        {
            if (HookPoints[i].Point == point) return HookPoints[i];
        }

        throw NoSuchPoint(point);
    }

    /// <summary>Values a token at a hook point.</summary>
    /// <exception cref="InputException">The model has no such point, or it is an attention pattern, which has no width.</exception>
    public int WidthOf(HookPoint point)
    {
        HookPointShape shape = Shape(point);
        return shape.IsPattern ? throw new InputException($"{point} has no width: it holds a probability for each pair of tokens.") : shape.Columns(0);
    }

    // On its own, so that the closure is made only when it is needed.
    private InputException NoSuchPoint(HookPoint point)
    {
        bool hasSite = HookPoints.Any(shape => shape.Point.Site == point.Site);
        return new InputException(hasSite
            ? $"There is no hook point {point}: the {ModelType} model has layers 0 to {Layers - 1}."
            : $"There is no hook point {point}: the {ModelType} model has {string.Join(", ", HookPoints.Where(shape => shape.Point.Layer == 0).Select(shape => shape.Point))} and those of its other layers.");
    }
}

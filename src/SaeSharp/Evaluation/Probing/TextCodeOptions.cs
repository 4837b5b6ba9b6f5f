namespace SaeSharp.Evaluation.Probing;

/// <summary>How texts become codes.</summary>
public sealed record TextCodeOptions
{
    /// <summary>Most tokens of a text, the beginning-of-text token included; what lies behind is cut off.</summary>
    public int Context { get; init; } = 128;

    /// <summary>Texts that go through the model at a time.</summary>
    public int ModelBatch { get; init; } = 32;

    /// <summary>Whether each text starts with the model's beginning-of-text token, as training contexts do.</summary>
    public bool PrependBos { get; init; } = true;
}

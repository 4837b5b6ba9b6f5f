namespace SaeSharp.Recipes;

/// <summary>How text becomes training vectors.</summary>
public sealed record DataSpec
{
    /// <summary>Tokens a context.</summary>
    public int Context { get; init; } = 128;

    /// <summary>Contexts that go through the model at a time.</summary>
    public int ModelBatch { get; init; } = 16;

    /// <summary>Whether a context holds one document only; otherwise documents are joined by the end-of-text token and cut.</summary>
    public bool PerDocument { get; init; }

    /// <summary>Whether each context starts with the model's beginning-of-text token.</summary>
    public bool PrependBos { get; init; } = true;

    /// <summary>Whether vectors at special tokens are left out.</summary>
    public bool ExcludeSpecialTokens { get; init; } = true;

    /// <summary>Whether vectors whose norm exceeds <see cref="OutlierFactor"/> × the median are left out (attention sinks).</summary>
    public bool ExcludeNormOutliers { get; init; } = true;

    /// <summary>Multiple of the median norm above which a vector is an outlier.</summary>
    public double OutlierFactor { get; init; } = 10;

    /// <summary><c>sqrt_width</c>: vectors are scaled to mean norm √D while training, folded exactly into the saved weights; <c>none</c>: as they are.</summary>
    public Normalization Normalize { get; init; } = Normalization.SqrtWidth;

    /// <summary>Tokens over which the mean and the median norm are measured before training begins.</summary>
    public int CalibrationTokens { get; init; } = 32_768;

    /// <summary><c>buffer</c>: drawn at random from a bounded buffer; <c>none</c>: in the order given.</summary>
    public Shuffle Shuffle { get; init; } = Shuffle.Buffer;

    /// <summary>Vectors in the shuffle buffer.</summary>
    public int ShuffleBuffer { get; init; } = 65_536;

    /// <summary>Name of the tensor in an activations file; unset: <c>activations</c>, <c>x</c>, or the only float tensor of two or three dimensions.</summary>
    public string? Tensor { get; init; }
}

/// <summary>Scaling of the training vectors.</summary>
public enum Normalization
{
    /// <summary>Mean norm √D.</summary>
    SqrtWidth,

    /// <summary>None.</summary>
    None,
}

/// <summary>Order of the training vectors.</summary>
public enum Shuffle
{
    /// <summary>At random from a bounded buffer.</summary>
    Buffer,

    /// <summary>As given.</summary>
    None,
}

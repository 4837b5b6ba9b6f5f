namespace SaeSharp.Evaluation;

/// <summary>Which way a metric improves.</summary>
public enum Better
{
    /// <summary>Smaller is better.</summary>
    Lower,

    /// <summary>Larger is better.</summary>
    Higher,

    /// <summary>Neither: it describes.</summary>
    Neither,
}

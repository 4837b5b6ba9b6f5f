namespace SaeSharp.Formats;

/// <summary>How a dictionary lies in its folder.</summary>
public enum DictionaryLayout
{
    /// <summary>Ours: SAELens' files for standard architectures, a clean layout without placeholders for polynomial decoders.</summary>
    SaeSharp,

    /// <summary>SAELens, as it saves a finished model: BatchTopK and Matryoshka become JumpReLU with one threshold.</summary>
    SaeLens,

    /// <summary>SAELens, as its trainer saves a checkpoint: every key that training on needs.</summary>
    SaeLensTraining,

    /// <summary>The published PolySAE code's finished model, with its placeholders.</summary>
    PolySaeFork,

    /// <summary>The published PolySAE code's training checkpoint.</summary>
    PolySaeForkTraining,

    /// <summary>dictionary_learning's <c>ae.pt</c> and <c>config.json</c>; read only.</summary>
    DictionaryLearning,
}

namespace SaeSharp.Activations;

/// <summary>How many vectors a source has delivered and left out.</summary>
/// <param name="Delivered">Vectors handed out.</param>
/// <param name="SpecialTokens">Left out because they stood at special tokens.</param>
/// <param name="NormOutliers">Left out because of their norm.</param>
/// <param name="Epochs">How often the corpus was begun again.</param>
public readonly record struct ActivationCounts(long Delivered, long SpecialTokens, long NormOutliers, int Epochs);

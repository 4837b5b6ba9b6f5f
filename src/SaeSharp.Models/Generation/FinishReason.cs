namespace SaeSharp.Models.Generation;

/// <summary>Why a sequence ended.</summary>
public enum FinishReason
{
    /// <summary>It has as many new tokens as were asked for.</summary>
    MaximumTokens,

    /// <summary>A token came after which to stop.</summary>
    StopToken,

    /// <summary>The model takes no longer sequences.</summary>
    ContextFull,
}

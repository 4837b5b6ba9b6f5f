namespace SaeSharp.Interactions;

/// <summary>Takes strengths as they are computed; none are stored anywhere.</summary>
internal interface IStrengthSink
{
    /// <summary>Blocks come in an order that depends on shapes only.</summary>
    void Add(in StrengthBlock block);
}

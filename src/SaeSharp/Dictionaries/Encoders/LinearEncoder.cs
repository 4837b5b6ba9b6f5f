namespace SaeSharp.Dictionaries.Encoders;

/// <summary>h = W s + b.</summary>
internal sealed class LinearEncoder(Parameter weights, Parameter bias) : Encoder(weights)
{
    public override IReadOnlyList<Parameter> Parameters { get; } = [weights, bias];

    public override Parameter ScoreBias { get; } = bias;
}

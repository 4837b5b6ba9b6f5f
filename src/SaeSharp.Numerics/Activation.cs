namespace SaeSharp.Numerics;

/// <summary>Element-wise non-linearities of language models.</summary>
public enum Activation
{
    /// <summary><c>max(x, 0)</c>.</summary>
    Relu,

    /// <summary><c>x/2 · (1 + erf(x/√2))</c>.</summary>
    GeluErf,

    /// <summary><c>x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))</c>, GPT-2's approximation.</summary>
    GeluTanh,

    /// <summary><c>max(x, 0)²</c>.</summary>
    SquaredRelu,

    /// <summary><c>x / (1 + exp(−x))</c>.</summary>
    Silu,

    /// <summary><c>1 / (1 + exp(−x))</c>.</summary>
    Sigmoid,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,

    /// <summary><c>exp(x)</c>, the argument clamped to ±86.</summary>
    Exponential,

    /// <summary>x itself.</summary>
    Identity,
}

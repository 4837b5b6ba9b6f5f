namespace SaeSharp.Numerics;

/// <summary>How <see cref="Device.UnitHeads"/> treats vectors of almost no length.</summary>
public enum NormFloor
{
    /// <summary><c>x / √(Σx² + ε)</c>.</summary>
    UnderRoot,

    /// <summary><c>x / max(‖x‖, ε)</c>.</summary>
    LeastNorm,
}

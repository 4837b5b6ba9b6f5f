namespace SaeSharp.Planning;

/// <summary>One part of a training step's unavoidable work.</summary>
/// <param name="Name">What it is, e.g. <c>encoder</c>.</param>
/// <param name="Flop">Floating-point operations (a multiply-add counts as two).</param>
/// <param name="Bytes">Bytes that must cross the memory bus.</param>
public readonly record struct CostPart(string Name, double Flop, double Bytes);

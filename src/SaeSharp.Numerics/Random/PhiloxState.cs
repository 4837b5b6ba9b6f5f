namespace SaeSharp.Numerics;

/// <summary>Where a <see cref="PhiloxStream"/> stands: all that a checkpoint needs to go on with the same numbers.</summary>
/// <param name="Seed">Key of the generator.</param>
/// <param name="Stream">Which of the 2⁶⁴ streams of the seed.</param>
/// <param name="Position">Number of 32-bit words drawn so far.</param>
public readonly record struct PhiloxState(ulong Seed, ulong Stream, ulong Position);

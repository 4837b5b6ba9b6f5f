using SaeSharp.Numerics;

namespace SaeSharp.Evaluation.Reconstruction;

/// <summary>A batch of what a dictionary was given and what it made of it.</summary>
/// <param name="Inputs">[B, D]</param>
/// <param name="Codes">[B, F]</param>
/// <param name="Reconstructions">[B, D]</param>
public readonly record struct ReconstructionBatch(MatrixView Inputs, CsrMatrix Codes, MatrixView Reconstructions);

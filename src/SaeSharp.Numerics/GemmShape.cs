namespace SaeSharp.Numerics;

/// <summary>Which operand of a product is stored transposed.</summary>
public enum GemmShape
{
    /// <summary><c>C[M,N] = A[M,K] · B[K,N]</c></summary>
    NN,

    /// <summary><c>C[M,N] = A[M,K] · B[N,K]ᵀ</c></summary>
    NT,

    /// <summary><c>C[M,N] = A[K,M]ᵀ · B[K,N]</c></summary>
    TN,
}

namespace SaeSharp.Evaluation.Probing;

/// <summary>The numbers that a logistic regression sees: texts × features, with an intercept beside them that is not penalised.</summary>
internal abstract class ProbeDesign
{
    /// <summary>Number of texts.</summary>
    public abstract int Rows { get; }

    /// <summary>Number of features K, without the intercept.</summary>
    public abstract int Columns { get; }

    /// <summary>margins = X w + b, with b the last of K + 1 coefficients.</summary>
    public abstract void Margins(ReadOnlySpan<double> coefficients, Span<double> margins);

    /// <summary>gradient = [Xᵀu, Σu].</summary>
    public abstract void Transposed(ReadOnlySpan<double> u, Span<double> gradient);

    /// <summary>Solves (I₀ + C·X̃ᵀ diag(curvature) X̃) step = −gradient; I₀ is 1 for weights and 0 for the intercept, X̃ has a column of ones.</summary>
    public abstract void Solve(ReadOnlySpan<double> curvature, double inverseRegularization, ReadOnlySpan<double> gradient, Span<double> step);
}

namespace SaeSharp.Evaluation.Probing;

/// <summary>A fitted logistic regression.</summary>
/// <param name="Weights">One a feature.</param>
/// <param name="Intercept">The intercept.</param>
/// <param name="Objective">½‖w‖² + C Σ log(1 + exp(−s(xw + b))).</param>
/// <param name="GradientNorm">Largest absolute entry of the objective's gradient: how exact the solution is.</param>
/// <param name="Iterations">Newton steps taken.</param>
public sealed record LogisticFit(double[] Weights, double Intercept, double Objective, double GradientNorm, int Iterations);

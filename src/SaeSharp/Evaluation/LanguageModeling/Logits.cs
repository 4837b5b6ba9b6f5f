namespace SaeSharp.Evaluation.LanguageModeling;

/// <summary>Losses of next-token distributions given as logits, in nats and double precision.</summary>
public static class Logits
{
    /// <summary>−log p(target) under softmax(logits).</summary>
    /// <param name="logits">[V]</param>
    /// <param name="target">Index of the token that follows.</param>
    public static double CrossEntropy(ReadOnlySpan<float> logits, int target) => LogSumExp(logits) - logits[target];

    /// <summary>KL(p ‖ q) of p = softmax(clean) and q = softmax(changed); never below 0 but for rounding.</summary>
    /// <param name="clean">[V]</param>
    /// <param name="changed">[V]</param>
    public static double Divergence(ReadOnlySpan<float> clean, ReadOnlySpan<float> changed)
    {
        double cleanSum = LogSumExp(clean), changedSum = LogSumExp(changed);
        double divergence = 0;
        for (int i = 0; i < clean.Length; i++)
        {
            double log = clean[i] - cleanSum;
            divergence += Math.Exp(log) * (log - (changed[i] - changedSum));
        }

        return divergence;
    }

    private static double LogSumExp(ReadOnlySpan<float> logits)
    {
        float largest = System.Numerics.Tensors.TensorPrimitives.Max(logits);
        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp((double)logit - largest);
        return largest + Math.Log(sum);
    }
}

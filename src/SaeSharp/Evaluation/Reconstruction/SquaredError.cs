using SaeSharp.Numerics;

namespace SaeSharp.Evaluation.Reconstruction;

/// <summary>Σ ‖x − x̂‖² in double precision.</summary>
internal static class SquaredError
{
    internal static double Of(MatrixView inputs, MatrixView reconstructions)
    {
        double sum = 0;
        for (int row = 0; row < inputs.Rows; row++)
        {
            ReadOnlySpan<float> x = inputs.Row(row), y = reconstructions.Row(row);
            for (int i = 0; i < x.Length; i++)
            {
                double difference = (double)x[i] - y[i];
                sum += difference * difference;
            }
        }

        return sum;
    }
}

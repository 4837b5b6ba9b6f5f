using SaeSharp.Dictionaries;

namespace SaeSharp.Planning;

/// <summary>The floor of one training step: the arithmetic and the memory traffic that no implementation can avoid.</summary>
/// <remarks>
/// <para>Arithmetic with sparse codes (B tokens, D width, F latents, k active, R_i ranks; a multiply-add is 2 FLOP):
/// encoder 2BDF and its gradient 2BkD; a linear decoder 6BkD (decode, code gradients, weight gradients);
/// a polynomial one 6BkR1 for the projection and 6BD(R1+R2+R3) for the output maps, a level of nesting each; retraction 2FR1² (the triangles of UᵀU and of the solve).</para>
/// <para>Traffic: 36 bytes a parameter (read for the forward pass; gradient written and, because clipping needs the global norm first, read again;
/// Adam reads weight and two moments and writes them), 4BD for the inputs, and 8FR1 to read and write U once more when it is retracted.
/// Codes, small vectors and the auxiliary loss (which runs only when latents are dead) are left out, so the floor is a little lower than the truth.</para>
/// </remarks>
public sealed class StepCost
{
    /// <summary>Bytes of unavoidable traffic a trained parameter.</summary>
    public const int BytesAParameter = 36;

    private StepCost(DictionarySpec spec, int width, int batch, long parameters, IReadOnlyList<CostPart> parts)
    {
        (Spec, Width, Batch, Parameters, Parts) = (spec, width, batch, parameters, parts);
    }

    /// <summary>The formula in words, for reports.</summary>
    public static string Formula => "floor = FLOP / FMA peak + bytes / copy bandwidth; FLOP = 2BDF + 2BkD (encoder and its gradient) + decoder (linear: 6BkD; polynomial: 6BkR1 + 6BD(R1+R2+R3) + 2FR1^2); bytes = 36 a parameter + 4BD (+ 8FR1 for the retraction)";

    /// <summary>The dictionary.</summary>
    public DictionarySpec Spec { get; }

    /// <summary>Width D of the activations.</summary>
    public int Width { get; }

    /// <summary>Tokens a step.</summary>
    public int Batch { get; }

    /// <summary>Trained numbers.</summary>
    public long Parameters { get; }

    /// <summary>What the step consists of.</summary>
    public IReadOnlyList<CostPart> Parts { get; }

    /// <summary>Floating-point operations a step.</summary>
    public double Flop => Parts.Sum(part => part.Flop);

    /// <summary>Bytes of traffic a step.</summary>
    public double Bytes => Parts.Sum(part => part.Bytes);

    /// <summary>The cost of a training step.</summary>
    /// <param name="spec">What is trained.</param>
    /// <param name="width">Width D of the activations.</param>
    /// <param name="batch">Tokens B a step.</param>
    public static StepCost Of(DictionarySpec spec, int width, int batch)
    {
        double b = batch, d = width, f = spec.Latents, k = ActivePerToken(spec);
        long parameters = ParameterCount.Of(spec, width);
        int levels = Levels(spec);
        List<CostPart> parts = [new("encoder", (2 * b * d * f) + (2 * b * k * d), 4 * b * d)];
        if (spec.Decoder.Kind == DecoderKind.Linear)
        {
            double passes = spec.Encoder.Kind == EncoderKind.Gated ? 2 : 1;
            parts.Add(new("decoder", passes * 6 * b * k * d, 0));
        }
        else
        {
            IReadOnlyList<int> ranks = DecoderRanks.Resolve(spec.Decoder, width);
            double r1 = ranks[0], sum = ranks.Sum();
            double projected = spec.Decoder.SharedProjection ? r1 : sum;
            int polynomialLevels = spec.Matryoshka.Inner == MatryoshkaInner.Same ? levels : 1;
            parts.Add(new("decoder", (6 * b * k * projected) + (polynomialLevels * 6 * b * d * sum), 0));
            if (levels > 1 && spec.Matryoshka.Inner == MatryoshkaInner.Linear) parts.Add(new("inner levels", 6 * b * k * d, 0));
            if (spec.Decoder.Retraction) parts.Add(new("retraction", 2 * f * r1 * r1, 8 * f * projected));
        }

        parts.Add(new("weights and Adam", 0, (double)BytesAParameter * parameters));
        return new StepCost(spec, width, batch, parameters, parts);
    }

    /// <summary>Active latents a token that a description asks for; where it leaves them open (L1, gated), 64 is assumed.</summary>
    public static double ActivePerToken(DictionarySpec spec)
    {
        const double assumed = 64;
        SparsifierSpec s = spec.Sparsifier;
        double active = spec.Encoder.Kind == EncoderKind.Gated ? assumed : s.Kind switch
        {
            SparsifierKind.TopK or SparsifierKind.BatchTopK => s.K,
            SparsifierKind.JumpRelu when s.L0Penalty == L0Penalty.Target => s.TargetL0,
            _ => assumed,
        };
        return Math.Min(active, spec.Latents);
    }

    /// <summary>Seconds that the step takes at least on a machine.</summary>
    public double FloorSeconds(MachineSpeed speed) => (Flop / speed.FlopPerSecond) + (Bytes / speed.BytesPerSecond);

    internal static int Levels(DictionarySpec spec)
    {
        IReadOnlyList<int> widths = spec.Matryoshka.Widths;
        return widths.Count == 0 ? 1 : widths.Count + (widths[^1] == spec.Latents ? 0 : 1);
    }
}

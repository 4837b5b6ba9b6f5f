using SaeSharp.Dictionaries;
using SaeSharp.Training;

namespace SaeSharp.Tests.Gold;

/// <summary>Upstream's names of loss terms and what they are in ours.</summary>
internal static class GoldLosses
{
    /// <summary>Our value of each term that upstream may list.</summary>
    public static IReadOnlyDictionary<string, double> Terms(GoldCase gold, StepLosses losses)
    {
        var terms = new Dictionary<string, double>
        {
            ["loss"] = losses.Total,
            ["loss.mse_loss"] = losses.Reconstruction,
            ["loss.l1_loss"] = losses.Sparsity,
            ["loss.l0_loss"] = losses.Sparsity,
            ["loss.auxiliary_reconstruction_loss"] = losses.Auxiliary,
            ["loss.pre_act_loss"] = losses.Auxiliary,
        };
        if (gold.IsSaeLens) return terms;

        // dictionary_learning lists its terms before their coefficients, and the mean over Matryoshka levels as one.
        terms["loss.loss"] = losses.Total;
        terms["loss.l2_loss"] = losses.Reconstruction + losses.InnerLevels;
        terms["loss.aux_loss"] = losses.Auxiliary;
        terms["loss.auxk_loss"] = losses.Auxiliary / gold.Manifest.Number("auxk_alpha", 1);
        terms["loss.sparsity_loss"] = losses.Sparsity / gold.Manifest.Number("l1_penalty", 1);
        return terms;
    }

    /// <summary>
    /// Numbers that upstream only logs and that are no part of what is minimised: single Matryoshka levels (their sum is checked with the total),
    /// and the unsquared distance that dictionary_learning's L1 trainers call l2_loss.
    /// </summary>
    public static bool IsLoggedOnly(GoldCase gold, string term) =>
        term.Contains("inner_mse_loss", StringComparison.Ordinal)
        || term is "loss.max_l2_loss" or "loss.min_l2_loss"
        || (term == "loss.l2_loss" && gold.Spec.Sparsifier.Kind == SparsifierKind.Relu);
}

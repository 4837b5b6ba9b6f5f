using SaeSharp.Dictionaries;

namespace SaeSharp.Formats;

/// <summary>What each layout calls a dictionary of a given description.</summary>
internal static class Architectures
{
    private const string ForkPrefix = "poly_";
    private const string OwnPrefix = "polysae_";

    private static readonly string[] Linear = ["standard", "topk", "batchtopk", "jumprelu", "gated", "matryoshka_batchtopk"];
    private static readonly string[] Fork = ["poly_topk", "poly_batchtopk", "poly_jumprelu", "poly_matryoshka"];
    private static readonly string[] Own = ["polysae_relu", "polysae_topk", "polysae_batchtopk", "polysae_jumprelu"];

    public static string Known { get; } = string.Join(", ", (string[])[.. Linear, .. Fork, .. Own]);

    /// <summary>Finds the layout that an architecture belongs to.</summary>
    /// <returns>False for an unknown architecture.</returns>
    public static bool TryFindLayout(string architecture, bool training, out DictionaryLayout layout)
    {
        layout = training ? DictionaryLayout.SaeLensTraining : DictionaryLayout.SaeLens;
        if (Linear.Contains(architecture)) return true;
        layout = training ? DictionaryLayout.PolySaeForkTraining : DictionaryLayout.PolySaeFork;
        if (Fork.Contains(architecture)) return true;
        layout = DictionaryLayout.SaeSharp;
        return Own.Contains(architecture);
    }

    /// <summary>Whether an architecture is that of a training checkpoint whatever other keys say: for use it is saved as a JumpReLU one.</summary>
    public static bool IsOnlyTrained(string architecture) =>
        architecture is "batchtopk" or "matryoshka_batchtopk" or "poly_batchtopk" or "poly_matryoshka";

    /// <summary>The name of a description in a layout.</summary>
    /// <exception cref="InputException">The layout has no words for it.</exception>
    public static string Of(DictionarySpec spec, DictionaryLayout layout)
    {
        bool polynomial = spec.Decoder.Kind == DecoderKind.Polynomial;
        if (layout.IsFork() && !polynomial)
            throw new InputException($"dictionary '{spec.Name}' has a linear decoder; the layout {layout.Name()} holds polynomial ones only (import it as a PolySAE first).");
        if (polynomial && (layout is DictionaryLayout.SaeLens or DictionaryLayout.SaeLensTraining))
            throw new InputException($"dictionary '{spec.Name}' has a polynomial decoder; the layout {layout.Name()} holds linear ones only (export its linear part).");
        if (polynomial) return layout.IsFork() ? ForkPrefix + ForkName(spec, layout) : OwnPrefix + SparsifierName(spec.Sparsifier.Kind);
        if (spec.Encoder.Kind == EncoderKind.Gated) return "gated";
        bool training = layout.IsTraining();
        return spec.Sparsifier.Kind switch
        {
            SparsifierKind.Relu => "standard",
            SparsifierKind.TopK => "topk",
            SparsifierKind.BatchTopK when training => spec.Matryoshka.Widths.Count > 0 ? "matryoshka_batchtopk" : "batchtopk",
            _ => "jumprelu",
        };
    }

    private static string ForkName(DictionarySpec spec, DictionaryLayout layout) => spec.Sparsifier.Kind switch
    {
        SparsifierKind.TopK => "topk",
        SparsifierKind.BatchTopK when layout.IsTraining() => spec.Matryoshka.Widths.Count > 0 ? "matryoshka" : "batchtopk",
        SparsifierKind.BatchTopK or SparsifierKind.JumpRelu => "jumprelu",
        _ => throw new InputException($"dictionary '{spec.Name}' has a polynomial decoder behind a relu sparsifier; the published PolySAE layout has none such."),
    };

    private static string SparsifierName(SparsifierKind kind) => kind switch
    {
        SparsifierKind.TopK => "topk",
        SparsifierKind.BatchTopK => "batchtopk",
        SparsifierKind.JumpRelu => "jumprelu",
        _ => "relu",
    };
}

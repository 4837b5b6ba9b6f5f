using SaeSharp.Activations.Corpora;
using SaeSharp.Activations.Shards;
using SaeSharp.Evaluation.Data;
using SaeSharp.Models;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Cli.Verbs.Evaluations;

/// <summary>The data that dictionaries are measured on: held-out text with its host model, or given vectors.</summary>
internal sealed class EvaluationSet : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    private EvaluationSet(IVectorBatches vectors, HeldOutText? text) => (Vectors, Text) = (vectors, text);

    internal IVectorBatches Vectors { get; }

    internal HeldOutText? Text { get; }

    /// <summary>Refuses an evaluation that could not run, before hours of training.</summary>
    internal static void Check(Recipe recipe)
    {
        if (recipe.Activations is null && recipe.Evaluation.Corpus is { } corpus) Corpus.Find(corpus);
    }

    internal static EvaluationSet OfText(Recipe recipe, LanguageModel model)
    {
        ITokenizer tokenizer = TokenizerFile.LoadFolder(recipe.Model!);
        HeldOutText text = new(model, tokenizer, Corpus.Find(recipe.Evaluation.Corpus!), HookPoint.Parse(recipe.Hook!), recipe.Data, recipe.Evaluation.Tokens);
        EvaluationSet set = new(text, text);
        set._owned.Add(text);
        return set;
    }

    internal static EvaluationSet OfVectors(string path, string? tensor, Device device)
    {
        VectorTable table = VectorTable.Open(path, tensor);
        GivenVectors vectors = new(table, device);
        EvaluationSet set = new(vectors, null);
        set._owned.AddRange([vectors, table]);
        return set;
    }

    public void Dispose()
    {
        foreach (IDisposable owned in _owned) owned.Dispose();
    }
}

using SaeSharp.Activations.Shards;
using SaeSharp.Models;
using SaeSharp.Models.Hooks;
using SaeSharp.Recipes;

namespace SaeSharp.Cli.Verbs.Training;

/// <summary>The width of a recipe's vectors, found in headers and configurations before anything heavy is read.</summary>
internal static class VectorShape
{
    internal static int WidthOf(Recipe recipe)
    {
        if (recipe.Activations is { } path)
        {
            using VectorTable table = VectorTable.Open(path, recipe.Data.Tensor);
            return table.Width;
        }

        if (recipe.Model is null || recipe.Hook is null || recipe.Corpus is null)
        {
            string missing = recipe.Model is null ? "model" : recipe.Hook is null ? "hook" : "corpus";
            throw new InputException($"The recipe has no {missing}; expected model, hook and corpus, or activations.");
        }

        HookPoint hook = HookPoint.Parse(recipe.Hook);
        return LanguageModel.Describe(recipe.Model).WidthOf(hook);
    }
}

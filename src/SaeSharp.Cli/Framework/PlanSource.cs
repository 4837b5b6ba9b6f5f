using SaeSharp.Activations.Shards;
using SaeSharp.Models;
using SaeSharp.Models.Hooks;
using SaeSharp.Planning;
using SaeSharp.Recipes;

namespace SaeSharp.Cli.Framework;

/// <summary>What can be known of a recipe's vectors without downloading anything.</summary>
internal static class PlanSource
{
    /// <summary>Width of the vectors, the host model if there is one, and how many of its blocks run.</summary>
    internal static (int Width, ModelShape? Model, int Blocks) Find(Recipe recipe)
    {
        if (recipe.Activations is { } vectors)
        {
            using VectorTable table = VectorTable.Open(BundledFiles.Locate(vectors), recipe.Data.Tensor);
            return (table.Width, null, 0);
        }

        string name = recipe.Model ?? throw new InputException("The recipe has no model; expected model and hook, or activations.");
        HookPoint hook = HookPoint.Parse(recipe.Hook ?? throw new InputException("The recipe has no hook; expected e.g. blocks.8.hook_resid_post."));
        string folder = BundledFiles.Locate(name);
        if (File.Exists(Path.Combine(folder, "config.json"))) return (LanguageModel.Describe(folder).WidthOf(hook), ModelShape.Read(folder), Blocks(hook));
        ModelShape model = PublishedModels.Find(name)
            ?? throw new InputException($"There is no model folder {name}, and no published model of that name is known here; expected a folder, or one of {string.Join(", ", PublishedModels.All.Select(known => known.Name))}.");
        if (hook.InEveryBlock && hook.Layer >= model.Layers) throw new InputException($"There is no hook point {hook}: {model.Name} has layers 0 to {model.Layers - 1}.");
        return hook.Site switch
        {
            HookSite.MlpHidden => (model.MlpWidth, model, Blocks(hook)),
            HookSite.AttentionMix => (model.QueryWidth, model, Blocks(hook)),
            HookSite.AttentionPattern => throw new InputException($"{hook} has no width: it holds a probability for each pair of tokens."),
            _ => (model.Width, model, hook.Site == HookSite.FinalNorm ? model.Layers : Blocks(hook)),
        };
    }

    private static int Blocks(HookPoint hook) => hook.InEveryBlock ? hook.Site == HookSite.ResidualPre ? hook.Layer : hook.Layer + 1 : 0;
}

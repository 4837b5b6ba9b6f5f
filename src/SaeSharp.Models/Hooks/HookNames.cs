namespace SaeSharp.Models.Hooks;

/// <summary>The names of hook sites: TransformerLens' and short ones. Where a site has several, the first is printed.</summary>
internal static class HookNames
{
    private static readonly (HookSite Site, string Name, string Short, bool InEveryBlock)[] All =
    [
        (HookSite.Embed, "hook_embed", "embed", false),
        (HookSite.PositionEmbed, "hook_pos_embed", "pos_embed", false),
        (HookSite.ResidualPre, "hook_resid_pre", "resid_pre", true),
        (HookSite.AttentionPattern, "attn.hook_pattern", "pattern", true),
        (HookSite.AttentionMix, "attn.hook_z", "z", true),
        (HookSite.AttentionOut, "hook_attn_out", "attn_out", true),
        (HookSite.MixerOut, "hook_mixer_out", "mixer_out", true),
        (HookSite.RecurrentQuery, "rec.q_hat", "q_hat", true),
        (HookSite.RecurrentKey, "rec.k_hat", "k_hat", true),
        (HookSite.RecurrentValue, "rec.v", "v", true),
        (HookSite.RecurrentStrength, "rec.beta", "beta", true),
        (HookSite.RecurrentDecay, "rec.alpha", "alpha", true),
        (HookSite.RecurrentDelta, "rec.delta", "delta", true),
        (HookSite.RecurrentEraseKey, "rec.kappa", "kappa", true),
        (HookSite.RecurrentEraseRate, "rec.a", "a", true),
        (HookSite.RecurrentEraseValue, "rec.erase_val", "erase_val", true),
        (HookSite.RecurrentWrite, "rec.write_add", "write", true),
        (HookSite.RecurrentState, "rec.state", "state", true),
        (HookSite.RecurrentRead, "rec.o", "o", true),
        (HookSite.ResidualMid, "hook_resid_mid", "resid_mid", true),
        (HookSite.MlpHidden, "mlp.hook_post", "mlp_post", true),
        (HookSite.MlpOut, "hook_mlp_out", "mlp_out", true),
        (HookSite.ResidualPost, "hook_resid_post", "resid_post", true),
        (HookSite.FinalNorm, "ln_final", "ln_final", false),
        (HookSite.FinalNorm, "ln_final.hook_normalized", "final_norm", false),
        (HookSite.FinalNorm, "final_norm", "final_norm", false),
    ];

    /// <summary>The name within a block, or of a site that a model has once.</summary>
    public static string Of(HookSite site) => All[Index(site)].Name;

    /// <summary>Whether every block has the site.</summary>
    public static bool InEveryBlock(HookSite site) => All[Index(site)].InEveryBlock;

    /// <summary>Finds a site by its full name (<paramref name="full"/>) or its short one.</summary>
    public static bool TryFind(string name, bool inBlock, bool full, out HookSite site)
    {
        foreach ((HookSite candidate, string fullName, string shortName, bool inEveryBlock) in All)
        {
            if (inEveryBlock != inBlock || (full ? fullName : shortName) != name) continue;
            site = candidate;
            return true;
        }

        site = default;
        return false;
    }

    /// <summary>Whether values at the site can be captured but not changed there.</summary>
    public static bool IsReadOnly(HookSite site) => site is HookSite.AttentionPattern
        || (site is >= HookSite.RecurrentQuery and <= HookSite.RecurrentState && site != HookSite.RecurrentValue);

    private static int Index(HookSite site) => Array.FindIndex(All, entry => entry.Site == site);
}

namespace SaeSharp.Models.Hooks;

/// <summary>Where in a model a value can be captured or edited. One vocabulary for all families; a model says which sites it has.</summary>
public enum HookSite
{
    /// <summary><c>hook_embed</c>: the tokens' embeddings, as the residual stream gets them.</summary>
    Embed,

    /// <summary><c>hook_pos_embed</c>: the learned position embeddings.</summary>
    PositionEmbed,

    /// <summary><c>blocks.N.hook_resid_pre</c>: the residual stream before a block.</summary>
    ResidualPre,

    /// <summary><c>blocks.N.attn.hook_pattern</c>: attention probabilities; captured only.</summary>
    AttentionPattern,

    /// <summary><c>blocks.N.attn.hook_z</c>: values mixed by attention, heads side by side, before the output matrix.</summary>
    AttentionMix,

    /// <summary><c>blocks.N.hook_attn_out</c>: what attention adds to the residual stream.</summary>
    AttentionOut,

    /// <summary><c>blocks.N.hook_resid_mid</c>: the residual stream between attention and MLP.</summary>
    ResidualMid,

    /// <summary><c>blocks.N.mlp.hook_post</c>: the MLP's hidden units after their non-linearity.</summary>
    MlpHidden,

    /// <summary><c>blocks.N.hook_mlp_out</c>: what the MLP adds to the residual stream.</summary>
    MlpOut,

    /// <summary><c>blocks.N.hook_resid_post</c>: the residual stream after a block.</summary>
    ResidualPost,

    /// <summary><c>ln_final</c>: the input of the unembedding.</summary>
    FinalNorm,
}

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

    /// <summary><c>blocks.N.hook_mixer_out</c>: what the block adds to the residual stream, in models whose blocks have no MLP (Mamba-2).</summary>
    MixerOut,

    /// <summary><c>blocks.N.rec.q_hat</c>: what reads the state, [heads, d_k] a token; captured only.</summary>
    RecurrentQuery,

    /// <summary><c>blocks.N.rec.k_hat</c>: the key factor of a token's write, [heads, d_k]; captured only.</summary>
    RecurrentKey,

    /// <summary><c>blocks.N.rec.v</c>: the value factor of a token's additive write, before its strength, [heads, d_v].</summary>
    RecurrentValue,

    /// <summary><c>blocks.N.rec.beta</c>: the strength of a token's write, [heads]; captured only.</summary>
    RecurrentStrength,

    /// <summary><c>blocks.N.rec.alpha</c>: what the state is multiplied by before a token is written, [heads], or [heads, d_k] for one factor a key channel; captured only.</summary>
    RecurrentDecay,

    /// <summary><c>blocks.N.rec.delta</c>: the value factor of a token's full write, erasing included, [heads, d_v]; captured only.</summary>
    RecurrentDelta,

    /// <summary><c>blocks.N.rec.kappa</c>: the direction that RWKV-7 erases, [heads, d_k]; captured only.</summary>
    RecurrentEraseKey,

    /// <summary><c>blocks.N.rec.a</c>: how much of it RWKV-7 erases, [heads, d_k]; captured only.</summary>
    RecurrentEraseRate,

    /// <summary><c>blocks.N.rec.erase_val</c>: what the undecayed state held in that direction, [heads, d_v]; captured only.</summary>
    RecurrentEraseValue,

    /// <summary><c>blocks.N.rec.write_add</c>: the additive write β k̂ vᵀ as a matrix, [heads, d_k, d_v] a token; captured only.</summary>
    RecurrentWrite,

    /// <summary><c>blocks.N.rec.state</c>: the state after a token, key side first, [heads, d_k, d_v] a token; captured only, edited by <see cref="States.StateEdit"/>.</summary>
    RecurrentState,

    /// <summary><c>blocks.N.rec.o</c>: what is read from the state, before norm and gate, [heads, d_v].</summary>
    RecurrentRead,
}

namespace SaeSharp.Models.States;

/// <summary>How a state changes with a token.</summary>
internal enum RecurrentRule
{
    /// <summary>Gated delta rule: one decay a head, the key's old value is replaced.</summary>
    Delta,

    /// <summary>One decay a head, writes only add (Mamba-2).</summary>
    Additive,

    /// <summary>RWKV-7: one decay a key channel, and an erase term of its own.</summary>
    Generalized,
}

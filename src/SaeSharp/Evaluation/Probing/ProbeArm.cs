namespace SaeSharp.Evaluation.Probing;

/// <summary>How latents are scaled before probes and distances see them.</summary>
/// <remarks>
/// Multiplying a latent by c and dividing its decoder direction by c changes nothing about a dictionary, but it changes raw distances, selection
/// by raw difference, and an L2-penalised probe. The other two arms don't depend on it. Section 3.3 of the PolySAE spec.
/// </remarks>
public enum ProbeArm
{
    /// <summary>As they are: the published protocol.</summary>
    AsPublished,

    /// <summary>Times the norm of the linear decoder direction, ‖α_f‖.</summary>
    DecoderNormFolded,

    /// <summary>To mean 0 and standard deviation 1 on the training texts; constant latents to 0.</summary>
    Standardised,
}

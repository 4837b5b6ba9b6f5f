using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries;

/// <summary>The sparse codes of one batch and every number an entry that training keeps beside them.</summary>
internal sealed class CodeBatch(Device device, int rows, int latents) : IDisposable
{
    private readonly EntryBuffer _scores = new(device);
    private readonly EntryBuffer _codeGradients = new(device);
    private readonly EntryBuffer _scoreGradients = new(device);
    private readonly EntryBuffer _extra = new(device);

    /// <summary>The codes z, [B, F].</summary>
    public CsrMatrix Codes { get; } = device.AllocateCsr(rows, latents, 1024);

    /// <summary>Their entries latent by latent.</summary>
    public CsrTranspose Transpose { get; } = new();

    /// <summary>Scores that the codes were made from, where a sparsifier needs them again.</summary>
    public Span<float> Scores => _scores.Take(Codes.EntryCount);

    /// <summary>∂loss/∂code.</summary>
    public Span<float> CodeGradients => _codeGradients.Take(Codes.EntryCount);

    /// <summary>∂loss/∂score.</summary>
    public Span<float> ScoreGradients => _scoreGradients.Take(Codes.EntryCount);

    /// <summary>Room for one more number an entry.</summary>
    public Span<float> Extra => _extra.Take(Codes.EntryCount);

    public void Dispose()
    {
        Codes.Dispose();
        Transpose.Dispose();
        _scores.Dispose();
        _codeGradients.Dispose();
        _scoreGradients.Dispose();
        _extra.Dispose();
    }
}

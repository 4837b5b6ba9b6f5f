using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Forward;

/// <summary>The end of every forward pass.</summary>
internal static class FinalValues
{
    /// <summary>Hands out the final norm and the logits that a pass asks for.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokens">The batch.</param>
    /// <param name="pass">What is asked for.</param>
    /// <param name="normed">[tokens, width]: the final norm.</param>
    /// <param name="last">Room for the last tokens.</param>
    /// <param name="rows">Room for an index a sequence.</param>
    public static void Give(LanguageModel model, in TokenBatch tokens, ForwardPass pass, MatrixView normed, GrowingMatrix last, Span<int> rows)
    {
        pass.Tap(HookPoint.FinalNorm, normed);
        if (pass.LogitsTarget.Length > 0) model.Unembed(normed, pass.LogitsTarget);
        if (pass.LastLogitsTarget.Length == 0) return;
        MatrixView lastNormed = last.Rows(tokens.Sequences);
        for (int sequence = 0; sequence < rows.Length; sequence++) rows[sequence] = (sequence + 1) * tokens.Length - 1;
        model.Device.GatherRows(normed, rows, lastNormed);
        model.Unembed(lastNormed, pass.LastLogitsTarget);
    }
}

using System.Globalization;

namespace SaeSharp.Models.Hooks;

/// <summary>A place in a model: a site and, for sites that every block has, the block.</summary>
/// <param name="Site">What is there.</param>
/// <param name="Layer">The block, counted from 0; 0 for sites that a model has once.</param>
/// <remarks>Prints as TransformerLens names it, <c>blocks.8.hook_resid_post</c>; also parses the short form <c>resid_post.8</c>.</remarks>
public readonly record struct HookPoint(HookSite Site, int Layer = 0)
{
    private const string Blocks = "blocks.";

    /// <summary>Whether every block has the site, so that <see cref="Layer"/> means something.</summary>
    public bool InEveryBlock => HookNames.InEveryBlock(Site);

    /// <summary>The residual stream before a block.</summary>
    public static HookPoint ResidualPre(int layer) => new(HookSite.ResidualPre, layer);

    /// <summary>The residual stream between attention and MLP.</summary>
    public static HookPoint ResidualMid(int layer) => new(HookSite.ResidualMid, layer);

    /// <summary>The residual stream after a block.</summary>
    public static HookPoint ResidualPost(int layer) => new(HookSite.ResidualPost, layer);

    /// <summary>What attention adds.</summary>
    public static HookPoint AttentionOut(int layer) => new(HookSite.AttentionOut, layer);

    /// <summary>What the MLP adds.</summary>
    public static HookPoint MlpOut(int layer) => new(HookSite.MlpOut, layer);

    /// <summary>The input of the unembedding.</summary>
    public static HookPoint FinalNorm => new(HookSite.FinalNorm);

    /// <summary>Reads a name.</summary>
    /// <exception cref="InputException">There is no such hook point.</exception>
    public static HookPoint Parse(string text) => TryParse(text, out HookPoint point)
        ? point
        : throw new InputException($"'{text}' is not a hook point; expected a name such as blocks.8.hook_resid_post, resid_post.8 or ln_final.");

    /// <summary>Reads a name.</summary>
    public static bool TryParse(string? text, out HookPoint point)
    {
        point = default;
        return text is not null && (TryParseFull(text, out point) || TryParseShort(text, out point));
    }

    /// <summary>Whether a text is a point's long name rather than a short form of it.</summary>
    public static bool IsFullName(string text) => TryParseFull(text, out _);

    /// <inheritdoc/>
    public override string ToString() =>
        InEveryBlock ? string.Create(CultureInfo.InvariantCulture, $"{Blocks}{Layer}.{HookNames.Of(Site)}") : HookNames.Of(Site);

    private static bool TryParseFull(string text, out HookPoint point)
    {
        point = default;
        int layer = 0;
        bool inBlock = text.StartsWith(Blocks, StringComparison.Ordinal);
        if (inBlock)
        {
            int dot = text.IndexOf('.', Blocks.Length);
            if (dot < 0 || !TryParseLayer(text.AsSpan(Blocks.Length, dot - Blocks.Length), out layer)) return false;
            text = text[(dot + 1)..];
        }

        if (!HookNames.TryFind(text, inBlock, full: true, out HookSite site)) return false;
        point = new HookPoint(site, layer);
        return true;
    }

    private static bool TryParseShort(string text, out HookPoint point)
    {
        point = default;
        int layer = 0;
        int dot = text.LastIndexOf('.');
        if (dot >= 0 && !TryParseLayer(text.AsSpan(dot + 1), out layer)) return false;
        if (!HookNames.TryFind(dot >= 0 ? text[..dot] : text, dot >= 0, full: false, out HookSite site)) return false;
        point = new HookPoint(site, layer);
        return true;
    }

    private static bool TryParseLayer(ReadOnlySpan<char> text, out int layer) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out layer);
}

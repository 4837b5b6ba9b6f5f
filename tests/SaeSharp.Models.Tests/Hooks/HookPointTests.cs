using SaeSharp.Models.Hooks;

namespace SaeSharp.Models.Tests.Hooks;

public sealed class HookPointTests
{
    [Theory]
    [InlineData("blocks.8.hook_resid_post", "blocks.8.hook_resid_post")]
    [InlineData("resid_post.8", "blocks.8.hook_resid_post")]
    [InlineData("resid_pre.0", "blocks.0.hook_resid_pre")]
    [InlineData("resid_mid.12", "blocks.12.hook_resid_mid")]
    [InlineData("attn_out.3", "blocks.3.hook_attn_out")]
    [InlineData("mlp_out.3", "blocks.3.hook_mlp_out")]
    [InlineData("mlp_post.3", "blocks.3.mlp.hook_post")]
    [InlineData("z.3", "blocks.3.attn.hook_z")]
    [InlineData("pattern.3", "blocks.3.attn.hook_pattern")]
    [InlineData("blocks.3.attn.hook_pattern", "blocks.3.attn.hook_pattern")]
    [InlineData("hook_embed", "hook_embed")]
    [InlineData("embed", "hook_embed")]
    [InlineData("pos_embed", "hook_pos_embed")]
    [InlineData("ln_final", "ln_final")]
    [InlineData("final_norm", "ln_final")]
    [InlineData("ln_final.hook_normalized", "ln_final")]
    public void Long_and_short_names_are_read_and_the_long_one_is_printed(string text, string printed)
    {
        HookPoint point = HookPoint.Parse(text);
        Assert.Equal(printed, point.ToString());
        Assert.Equal(point, HookPoint.Parse(printed));
    }

    [Theory]
    [InlineData("")]
    [InlineData("blocks")]
    [InlineData("blocks.hook_resid_post")]
    [InlineData("blocks.-1.hook_resid_post")]
    [InlineData("blocks.+1.hook_resid_post")]
    [InlineData("blocks. 1.hook_resid_post")]
    [InlineData("blocks.1.hook_embed")]
    [InlineData("blocks.1.resid_post")]
    [InlineData("blocks.99999999999.hook_resid_post")]
    [InlineData("resid_post")]
    [InlineData("resid_post.x")]
    [InlineData("embed.1")]
    [InlineData("Blocks.1.hook_resid_post")]
    public void Other_names_are_refused_with_an_example(string text)
    {
        Assert.False(HookPoint.TryParse(text, out _));
        Assert.Contains("blocks.8.hook_resid_post", Assert.Throws<InputException>(() => HookPoint.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_site_has_a_name_that_reads_back()
    {
        foreach (HookSite site in Enum.GetValues<HookSite>())
        {
            HookPoint point = new(site, new HookPoint(site).InEveryBlock ? 7 : 0);
            Assert.Equal(point, HookPoint.Parse(point.ToString()));
            Assert.True(HookPoint.IsFullName(point.ToString()));
        }

        Assert.False(HookPoint.IsFullName("resid_post.7"));
    }
}

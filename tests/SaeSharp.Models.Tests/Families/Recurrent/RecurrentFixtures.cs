namespace SaeSharp.Models.Tests.Families.Recurrent;

/// <summary>The fixtures of recurrent families.</summary>
internal static class RecurrentFixtures
{
    public static TheoryData<string, string> All { get; } = new()
    {
        { "qwen3_5", "text-f32" },
        { "qwen3_5", "published-layout-bf16" },
        { "qwen3_5", "next-packed-f32" },
        { "mamba2", "hf-f32" },
        { "mamba2", "original-f32" },
        { "mamba2", "hf-groups2-limit-f32" },
        { "rwkv7", "fla-h16-f32" },
        { "rwkv7", "blinkdl-h64-bf16" },
    };
}

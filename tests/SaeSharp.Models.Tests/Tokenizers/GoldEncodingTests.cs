using System.Text.Json;
using SaeSharp.Models.Tokenizers;

namespace SaeSharp.Models.Tests.Tokenizers;

/// <summary>Encodings made by other implementations, to be met token by token.</summary>
public sealed class GoldEncodingTests
{
    [Fact]
    public void The_bundled_tokenizer_encodes_as_its_makers_did_and_decodes_back()
    {
        ITokenizer tokenizer = TokenizerFile.LoadFolder(TestData.Gpt2Tiny);
        Compare(tokenizer, TestData.At("tokenizer", "gpt2_tiny.encodings.jsonl"), normalizes: false);
        Assert.True(tokenizer.TryFindAddedToken("<|endoftext|>", out int end));
        Assert.Equal(4095, end);
        Assert.True(tokenizer.IsSpecial(end));
        Assert.Equal(4096, tokenizer.IdCount);
    }

    [NeoxVocabularyFact]
    public void The_GPT_NeoX_tokenizer_encodes_as_the_published_implementation_does()
    {
        ITokenizer tokenizer = TokenizerFile.Load(NeoxVocabularyFactAttribute.VocabularyPath!);
        Compare(tokenizer, TestData.At("tokenizer", "gpt_neox_20b.encodings.jsonl"), normalizes: true);
    }

    private static void Compare(ITokenizer tokenizer, string file, bool normalizes)
    {
        int count = 0;
        foreach (string line in File.ReadLines(file))
        {
            using JsonDocument entry = JsonDocument.Parse(line);
            string text = entry.RootElement.GetProperty("text").GetString()!;
            int[] expected = [.. entry.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            int[] actual = tokenizer.Encode(text);
            Assert.True(expected.SequenceEqual(actual), $"'{text}': expected {string.Join(' ', expected)}, got {string.Join(' ', actual)}");
            if (!normalizes) Assert.Equal(text, tokenizer.Decode(actual));
            count++;
        }

        Assert.True(count >= 200, $"only {count} encodings were compared");
    }

    /// <summary>Runs where somebody has the vocabulary, which is not ours to ship: name its file in SAESHARP_NEOX_TOKENIZER.</summary>
    private sealed class NeoxVocabularyFactAttribute : FactAttribute
    {
        public NeoxVocabularyFactAttribute()
        {
            if (VocabularyPath is null) Skip = "SAESHARP_NEOX_TOKENIZER does not name the GPT-NeoX-20B tokenizer.json.";
        }

        public static string? VocabularyPath => Environment.GetEnvironmentVariable("SAESHARP_NEOX_TOKENIZER");
    }
}

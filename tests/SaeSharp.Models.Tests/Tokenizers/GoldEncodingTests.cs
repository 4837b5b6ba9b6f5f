using System.Diagnostics;
using System.Text.Json;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Models.Tokenizers.Normalization;
using Xunit.Abstractions;

namespace SaeSharp.Models.Tests.Tokenizers;

/// <summary>Encodings made by other implementations, to be met token by token.</summary>
public sealed class GoldEncodingTests(ITestOutputHelper output)
{
    private const string Neox = "SAESHARP_NEOX_TOKENIZER";
    private const string NeoxFile = "gpt_neox_20b.tokenizer.json";
    private const string Rwkv = "SAESHARP_RWKV_VOCABULARY";
    private const string RwkvFile = "rwkv_vocab_v20230424.txt";
    private const string Qwen = "SAESHARP_QWEN3_TOKENIZER";
    private const string Gemma = "SAESHARP_GEMMA_TOKENIZER";

    [Fact]
    public void The_bundled_tokenizer_encodes_as_its_makers_did_and_decodes_back()
    {
        ITokenizer tokenizer = TokenizerFile.LoadFolder(TestData.Gpt2Tiny);
        Compare(tokenizer, "gpt2_tiny", text => text);
        Assert.True(tokenizer.TryFindAddedToken("<|endoftext|>", out int end));
        Assert.Equal(4095, end);
        Assert.True(tokenizer.IsSpecial(end));
        Assert.Equal(4096, tokenizer.IdCount);
    }

    [PublishedVocabularyFact(Neox, NeoxFile)]
    public void The_GPT_NeoX_tokenizer_encodes_as_the_published_implementation_does() =>
        CompareAndTime(PublishedVocabulary.Find(Neox, NeoxFile)!, "gpt_neox_20b", text => new NfcNormalizer().Normalize(text), highest: 50276);

    [PublishedVocabularyFact(Qwen)]
    public void The_Qwen3_tokenizer_encodes_as_the_published_implementation_does() =>
        CompareAndTime(PublishedVocabulary.Find(Qwen, null)!, "qwen3", text => new NfcNormalizer().Normalize(text), highest: 151668);

    [PublishedVocabularyFact(Gemma)]
    public void The_Gemma_tokenizer_encodes_as_the_published_implementation_does() =>
        CompareAndTime(PublishedVocabulary.Find(Gemma, null)!, "gemma", text => text.Replace('▁', ' '), highest: 255999);

    [PublishedVocabularyFact(Rwkv, RwkvFile)]
    public void The_RWKV_World_tokenizer_encodes_as_the_published_implementation_does() =>
        CompareAndTime(PublishedVocabulary.Find(Rwkv, RwkvFile)!, "rwkv_world", text => text, highest: 65529);

    private static void Compare(ITokenizer tokenizer, string gold, Func<string, string> whatDecodes)
    {
        int count = 0;
        foreach (string line in File.ReadLines(TestData.At("tokenizer", $"{gold}.encodings.jsonl")))
        {
            using JsonDocument entry = JsonDocument.Parse(line);
            string text = entry.RootElement.GetProperty("text").GetString()!;
            int[] expected = [.. entry.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            int[] actual = tokenizer.Encode(text);
            Assert.True(expected.SequenceEqual(actual), $"'{text}': expected {string.Join(' ', expected)}, got {string.Join(' ', actual)}");
            Assert.Equal(whatDecodes(text), tokenizer.Decode(actual));
            count++;
        }

        Assert.True(count >= 200, $"only {count} encodings were compared");
    }

    private void CompareAndTime(string path, string gold, Func<string, string> whatDecodes, int highest)
    {
        Stopwatch load = Stopwatch.StartNew();
        ITokenizer tokenizer = TokenizerFile.Load(path);
        output.WriteLine($"loaded in {load.ElapsedMilliseconds} ms");
        Assert.Equal(highest + 1, tokenizer.IdCount);
        Compare(tokenizer, gold, whatDecodes);
        TokenizerSpeed.RequireTwoMegabytesASecond(tokenizer, output);
    }
}

using System.Text.Json;
using SaeSharp.Models.Generation;
using SaeSharp.Models.Tokenizers;

namespace SaeSharp.Models.Tests.Generation;

public sealed class TextGeneratorTests
{
    [Fact]
    public void The_bundled_model_continues_as_its_card_says()
    {
        using LanguageModel model = LanguageModel.Load(TestData.Gpt2Tiny, Devices.Shared);
        TextGenerator generator = new(model, TokenizerFile.LoadFolder(TestData.Gpt2Tiny));
        using JsonDocument samples = JsonDocument.Parse(File.ReadAllText(TestData.At("gpt2-tiny", "samples.json")));
        foreach (JsonElement sample in samples.RootElement.EnumerateArray())
        {
            List<string> pieces = [];
            (string text, FinishReason _) = generator.Generate(
                sample.GetProperty("prompt").GetString()!, new GenerationOptions { MaximumTokens = 40 }, pieces.Add, startDocument: true);
            Assert.Equal(sample.GetProperty("greedy").GetString(), text);
            Assert.Equal(text, string.Concat(pieces));
        }
    }

    [Fact]
    public void An_empty_prompt_begins_a_document()
    {
        using LanguageModel model = LanguageModel.Load(TestData.Gpt2Tiny, Devices.Shared);
        TextGenerator generator = new(model, TokenizerFile.LoadFolder(TestData.Gpt2Tiny));
        GenerationOptions options = new() { MaximumTokens = 5 };
        Assert.Equal(generator.Generate("<|endoftext|>", options).Text, generator.Generate("", options).Text);
    }

    [Fact]
    public void A_character_spread_over_tokens_appears_once_it_is_whole()
    {
        ITokenizer tokenizer = TokenizerFile.LoadFolder(TestData.Gpt2Tiny);
        TextStream stream = new(tokenizer);
        int[] ids = tokenizer.Encode("x😀中");
        Assert.True(ids.Length > 3);
        string[] pieces = [.. ids.Select(stream.Append)];
        Assert.Equal("x😀中", string.Concat(pieces));
        Assert.DoesNotContain(pieces, piece => piece.Contains('\uFFFD', StringComparison.Ordinal));
        Assert.Equal(string.Empty, stream.Finish());
        stream.Append(ids[1]);
        Assert.Equal("\uFFFD", stream.Finish());
    }
}

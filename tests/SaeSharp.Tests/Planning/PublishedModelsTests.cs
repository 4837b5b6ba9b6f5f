using SaeSharp.Planning;

namespace SaeSharp.Tests.Planning;

public sealed class PublishedModelsTests
{
    /// <summary>The model cards' parameter counts; vectors (biases, norms) and learned positions are not in matrices, hence 2 %.</summary>
    [Theory]
    [InlineData("openai-community/gpt2", 124.4e6)]
    [InlineData("gpt2-xl", 1557.6e6)]
    [InlineData("EleutherAI/pythia-410m-deduped", 405.3e6)]
    [InlineData("EleutherAI/pythia-1.4b-deduped", 1414.6e6)]
    [InlineData("google/gemma-2-2b", 2614.3e6)]
    [InlineData("google/gemma-2-9b-it", 9241.7e6)]
    public void Sizes_give_the_published_parameter_count(string name, double parameters) =>
        Assert.InRange(PublishedModels.Find(name)!.Parameters / parameters, 0.98, 1.02);

    [Fact]
    public void An_unknown_name_is_not_guessed() => Assert.Null(PublishedModels.Find("somebody/gpt2-tiny"));
}

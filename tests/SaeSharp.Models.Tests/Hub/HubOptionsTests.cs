using SaeSharp.Models.Hub;

namespace SaeSharp.Models.Tests.Hub;

public sealed class HubOptionsTests
{
    [Theory]
    [InlineData("", "/home/me/.cache/huggingface/hub")]
    [InlineData("XDG_CACHE_HOME=/xdg", "/xdg/huggingface/hub")]
    [InlineData("XDG_CACHE_HOME=/xdg HF_HOME=/hf", "/hf/hub")]
    [InlineData("HF_HOME=~/hf", "/home/me/hf/hub")]
    [InlineData("HF_HOME=/hf HUGGINGFACE_HUB_CACHE=/old", "/old")]
    [InlineData("HF_HOME=/hf HF_HUB_CACHE=/cache HUGGINGFACE_HUB_CACHE=/old", "/cache")]
    public void The_cache_is_where_other_tools_have_it(string variables, string folder) => Assert.Equal(Path.GetFullPath(folder), Read(variables).CacheFolder);

    [Theory]
    [InlineData("", false)]
    [InlineData("HF_HUB_OFFLINE=0", false)]
    [InlineData("HF_HUB_OFFLINE=1", true)]
    [InlineData("HF_HUB_OFFLINE=yes", true)]
    [InlineData("HF_HUB_OFFLINE=True", true)]
    [InlineData("TRANSFORMERS_OFFLINE=1", true)]
    public void Offline_is_a_switch(string variables, bool offline) => Assert.Equal(offline, Read(variables).Offline);

    [Theory]
    [InlineData("HF_ENDPOINT=https://hub.example/", "https://hub.example")]
    [InlineData("HF_ENDPOINT=http://127.0.0.1:8000/hf", "http://127.0.0.1:8000/hf")]
    public void The_hub_may_be_another(string variables, string endpoint) => Assert.Equal(endpoint, Read(variables).Endpoint.OriginalString);

    [Theory]
    [InlineData("HF_ENDPOINT=hub.example")]
    [InlineData("HF_ENDPOINT=ftp://hub.example")]
    [InlineData("HF_ENDPOINT=https://me:secret@hub.example")]
    [InlineData("HF_ENDPOINT=https://hub.example?x")]
    public void What_is_no_address_is_refused(string variables) =>
        Assert.Contains("HF_ENDPOINT", Assert.Throws<InputException>(() => Read(variables)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_token_is_trimmed_and_never_printed()
    {
        Assert.Equal("secret", HubOptions.FromVariables(name => name switch { "HF_TOKEN" => " secret\n", "HOME" => "/home/me", _ => null }).Token);
        string message = Assert.Throws<InputException>(() => HubOptions.FromVariables(name => name == "HF_TOKEN" ? "sec ret" : null)).Message;
        Assert.DoesNotContain("sec", message, StringComparison.Ordinal);
        Assert.Null(Read("").Token);
    }

    [Theory]
    [InlineData("org/name", "org/name", "main")]
    [InlineData("EleutherAI/pythia-1.4b-deduped@step3000", "EleutherAI/pythia-1.4b-deduped", "step3000")]
    [InlineData("a_b/c.d@refs/pr/1", "a_b/c.d", "refs/pr/1")]
    public void An_id_has_a_name_and_a_revision(string text, string name, string revision)
    {
        ModelId id = ModelId.Parse(text);
        Assert.Equal((name, revision, text), (id.Name, id.Revision, id.ToString()));
    }

    [Theory]
    [InlineData("name")]
    [InlineData("a/b/c")]
    [InlineData("a--b/c")]
    [InlineData("a/..")]
    [InlineData("a/b..c")]
    [InlineData("-a/b")]
    [InlineData("a/b.")]
    [InlineData("a/b\n")]
    [InlineData("a\\b")]
    [InlineData("a/é")]
    [InlineData("a/b@x/../y")]
    [InlineData("a/b@/x")]
    [InlineData("a/b@x//y")]
    [InlineData("a/b@.x")]
    [InlineData("a/b@c@d")]
    public void What_is_no_id_is_refused(string text) => Assert.Throws<InputException>(() => ModelId.Parse(text));

    private static HubOptions Read(string variables)
    {
        Dictionary<string, string> set = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        set["HOME"] = "/home/me";
        return HubOptions.FromVariables(set.GetValueOrDefault);
    }
}

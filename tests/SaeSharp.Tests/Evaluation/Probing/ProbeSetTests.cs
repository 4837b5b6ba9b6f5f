using SaeSharp.Evaluation.Probing;
using SaeSharp.Tests.Support;

namespace SaeSharp.Tests.Evaluation.Probing;

public sealed class ProbeSetTests : IDisposable
{
    private const string Good = """
        {"text": "one", "label": "b"}

        {"text": "two", "label": "a", "more": 1}
        {"text": "drei", "label": "b"}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Texts_and_labels_are_read_in_order()
    {
        Write("s.train.jsonl", Good);
        Write("s.test.jsonl", """{"text": "Jörg", "label": "b"}""");
        ProbeSet set = ProbeSet.Read(_folder.Root, "s");
        Assert.Equal(["a", "b"], set.Train.Classes);
        Assert.Equal(["one", "two", "drei"], set.Train.Texts);
        Assert.Equal([1, 0, 1], set.Train.Labels);
        Assert.Equal([1], set.Test.Labels);
        Assert.Equal([1, 2], set.Train.CountByClass());
        Assert.Equal(["s"], ProbeSet.NamesIn(_folder.Root));
    }

    [Fact]
    public void Numbers_are_labels_too()
    {
        Write("s.train.jsonl", "{\"text\": \"x\", \"label\": 0}\n{\"text\": \"y\", \"label\": 1}");
        Write("s.test.jsonl", "{\"text\": \"y\", \"label\": 1}");
        Assert.Equal(["0", "1"], ProbeSet.Read(_folder.Root, "s").Train.Classes);
    }

    [Theory]
    [InlineData("{\"text\": \"x\"}", "has no 'label'")]
    [InlineData("{\"label\": \"x\"}", "has no string under 'text'")]
    [InlineData("{\"text\": 3, \"label\": \"x\"}", "has no string under 'text'")]
    [InlineData("{\"text\": \"x\", \"label\": [1]}", "neither a string nor a number")]
    [InlineData("[1]", "is not a JSON object")]
    [InlineData("{\"text\": \"x\", ", "not valid JSON")]
    [InlineData("{\"text\": \"\\ud800\", \"label\": \"x\"}", "not valid JSON")]
    [InlineData("", "holds no texts")]
    [InlineData("{\"text\": \"x\", \"label\": \"only\"}", "one class only ('only')")]
    public void A_file_that_cannot_be_probed_is_refused_by_name(string content, string says)
    {
        Write("s.train.jsonl", content);
        Write("s.test.jsonl", Good);
        InputException error = Assert.Throws<InputException>(() => ProbeSet.Read(_folder.Root, "s"));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains("s.train.jsonl", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_are_counted_in_messages()
    {
        Write("s.train.jsonl", Good + "\n{\"text\": \"x\"}");
        Write("s.test.jsonl", Good);
        Assert.Contains("Line 5 of", Assert.Throws<InputException>(() => ProbeSet.Read(_folder.Root, "s")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_label_that_training_lacks_is_refused()
    {
        Write("s.train.jsonl", Good);
        Write("s.test.jsonl", """{"text": "x", "label": "c"}""");
        Assert.Contains("has the label 'c'", Assert.Throws<InputException>(() => ProbeSet.Read(_folder.Root, "s")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_text_are_refused()
    {
        File.WriteAllBytes(_folder["s.train.jsonl"], [0x7B, 0xFF, 0xFE]);
        Write("s.test.jsonl", Good);
        Assert.Contains("not valid UTF-8", Assert.Throws<InputException>(() => ProbeSet.Read(_folder.Root, "s")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_files_and_empty_folders_are_refused()
    {
        Assert.Contains("There is no file", Assert.Throws<InputException>(() => ProbeSet.Read(_folder.Root, "s")).Message, StringComparison.Ordinal);
        Assert.Contains("holds no probe set", Assert.Throws<InputException>(() => ProbeSet.NamesIn(_folder.Root)).Message, StringComparison.Ordinal);
        Assert.Contains("There is no folder", Assert.Throws<InputException>(() => ProbeSet.NamesIn(_folder["none"])).Message, StringComparison.Ordinal);
    }

    private void Write(string name, string content) => File.WriteAllText(_folder[name], content);
}

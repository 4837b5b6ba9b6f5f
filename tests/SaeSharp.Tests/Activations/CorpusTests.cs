using System.Text;
using System.Text.Json;
using SaeSharp.Activations.Corpora;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Tests.Support;

namespace SaeSharp.Tests.Activations;

public sealed class CorpusTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("one\ntwo\n<|endoftext|>\nthree", new[] { "one\ntwo", "three" })]
    [InlineData("one\r\n<|endoftext|>\r\ntwo\r\n", new[] { "one", "two" })]
    [InlineData("\uFEFFone\n<|endoftext|>", new[] { "one" })]
    [InlineData("<|endoftext|>\n\n<|endoftext|>\n  one \n\n<|endoftext|>\n", new[] { "  one \n" })]
    [InlineData("a <|endoftext|>\n<|endoftext|> b\n<|endoftext|>\nc", new[] { "a <|endoftext|>\n<|endoftext|> b", "c" })]
    public void Documents_are_separated_by_lines_that_hold_only_the_separator(string content, string[] documents)
    {
        foreach (string name in (string[])["c.txt", "c.txt.gz", "c"])
        {
            Corpus corpus = Corpus.Find(CorpusFile.Write(_folder[name], content));
            Assert.Equal(CorpusFormat.Text, corpus.Format);
            List<CorpusPiece> pieces = CorpusFile.ReadAll(corpus);
            Assert.Equal(documents, pieces.Select(piece => piece.Text));
            Assert.All(pieces, piece => Assert.True(piece.EndsDocument));
        }
    }

    [Fact]
    public void Jsonl_is_told_by_extension_or_content_and_compression_by_content()
    {
        string[] documents = ["one", "two\nlines \"quoted\" é", "日本"];
        string content = string.Join("\n", documents.Select(text => JsonSerializer.Serialize(new { label = 1, text }))) + "\n\n";
        foreach (string name in (string[])["c.jsonl", "c.jsonl.gz", "c", "c.gz"])
        {
            Corpus corpus = Corpus.Find(CorpusFile.Write(_folder[name], content));
            Assert.Equal((CorpusFormat.Jsonl, name.EndsWith(".gz", StringComparison.Ordinal)), (corpus.Format, corpus.IsCompressed));
            Assert.Equal(documents, CorpusFile.ReadAll(corpus).Select(piece => piece.Text));
        }

        File.Move(_folder["c.gz"], _folder["renamed.dat"]);
        Assert.True(Corpus.Find(_folder["renamed.dat"]).IsCompressed);
    }

    [Fact]
    public void Reading_begins_again_at_every_position()
    {
        foreach (string name in (string[])["c.txt", "c.txt.gz", "c.jsonl"])
        {
            string[] documents = CorpusFile.Documents(40, seed: 3);
            string content = name == "c.jsonl" ? string.Join("\n", documents.Select(text => JsonSerializer.Serialize(new { text }))) : CorpusFile.Join(documents);
            Corpus corpus = Corpus.Find(CorpusFile.Write(_folder[name], content));
            List<CorpusPiece> all = CorpusFile.ReadAll(corpus);
            Assert.Equal(documents, all.Select(piece => piece.Text));
            for (int i = 0; i < all.Count; i++) Assert.Equal(all.Skip(i), CorpusFile.ReadAll(corpus, all[i].Start));
        }
    }

    /// <summary>A cut falls where a line ends between two letters, so the tokens are those of the whole document.</summary>
    [Fact]
    public void A_very_long_document_comes_in_pieces_with_the_tokens_of_the_whole()
    {
        string document = string.Join("\n", CorpusFile.Documents(20_000, seed: 4));
        Corpus corpus = Corpus.Find(CorpusFile.Write(_folder["c.txt"], "first\n<|endoftext|>\n" + document + "\n<|endoftext|>\nlast"));
        List<CorpusPiece> pieces = CorpusFile.ReadAll(corpus);
        Assert.True(pieces.Count > 4);
        Assert.Equal(document, string.Concat(pieces.Skip(1).SkipLast(1).Select(piece => piece.Text)));
        Assert.Equal(pieces.Select((_, i) => i == 0 || i >= pieces.Count - 2), pieces.Select(piece => piece.EndsDocument));
        Assert.Equal(CorpusFile.Tokenizer.Encode(document), pieces.Skip(1).SkipLast(1).SelectMany(piece => CorpusFile.Tokenizer.Encode(piece.Text)));
        Assert.Equal(1, pieces[^2].Start.Document);
        for (int i = 0; i < pieces.Count; i++) Assert.Equal(pieces.Skip(i), CorpusFile.ReadAll(corpus, pieces[i].Start));
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) - 5)]
    [InlineData((1 << 20) - 17)]
    [InlineData((1 << 20) + 1)]
    [InlineData((3 << 20) + 12345)]
    public void Documents_without_a_good_place_to_cut_lose_nothing(int length)
    {
        // Three-byte characters, so that a cut at an arbitrary byte would be noticed.
        string document = string.Concat(Enumerable.Repeat("語", length / 3)) + new string('x', length % 3);
        Corpus corpus = Corpus.Find(CorpusFile.Write(_folder["c.txt"], document + "\n<|endoftext|>\n\n\n\n<|endoftext|>\nlast\n"));
        List<CorpusPiece> pieces = CorpusFile.ReadAll(corpus);
        Assert.Equal(document, string.Concat(pieces.TakeWhile(piece => piece.Start.Document == 0).Select(piece => piece.Text)));
        Assert.Equal(3, pieces.Count(piece => piece.EndsDocument));
        for (int i = 0; i < pieces.Count; i++) Assert.Equal(pieces.Skip(i), CorpusFile.ReadAll(corpus, pieces[i].Start));
    }

    [Theory]
    [InlineData("c.txt", "good\n<|endoftext|>\nb\u00ffd", 20)]
    [InlineData("c.txt.gz", "b\u00ffd", 1)]
    [InlineData("c.txt", "cut \u00e2\u0082", 4)]
    [InlineData("c.jsonl", "{\"text\": \"a\"}\n{\"text\": \"\u00fe\"}", 24)]
    public void Invalid_utf8_is_refused_with_the_file_and_the_byte(string name, string latin1, long offset)
    {
        string path = CorpusFile.WriteBytes(_folder[name], Encoding.Latin1.GetBytes(latin1));
        InputException error = Assert.Throws<InputException>(() => CorpusFile.ReadAll(Corpus.Find(path)));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains($"offset {offset} ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}\nnot json")]
    [InlineData("{\"text\": 3}")]
    [InlineData("{\"txt\": \"a\"}")]
    [InlineData("[1]")]
    [InlineData("{\"text\": \"\\ud800\"}")]
    public void Lines_that_are_no_documents_are_refused(string content)
    {
        InputException error = Assert.Throws<InputException>(() => CorpusFile.ReadAll(Corpus.Find(CorpusFile.Write(_folder["c.jsonl"], content))));
        Assert.Contains("c.jsonl", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_an_empty_and_a_truncated_file_are_refused()
    {
        Assert.Contains("no file", Assert.Throws<InputException>(() => Corpus.Find(_folder["none.txt"])).Message, StringComparison.Ordinal);
        Assert.Contains("empty", Assert.Throws<InputException>(() => Corpus.Find(CorpusFile.Write(_folder["empty.txt"], ""))).Message, StringComparison.Ordinal);
        byte[] zip = File.ReadAllBytes(CorpusFile.Write(_folder["whole.txt.gz"], CorpusFile.Join(CorpusFile.Documents(2000, 1))));
        File.WriteAllBytes(_folder["cut.txt.gz"], zip[..(zip.Length / 2)]);
        Assert.Contains("gzip", Assert.Throws<InputException>(() => CorpusFile.ReadAll(Corpus.Find(_folder["cut.txt.gz"]))).Message, StringComparison.Ordinal);
        zip[zip.Length / 2] ^= 0x55;
        zip[zip.Length / 2 + 1] ^= 0x55;
        File.WriteAllBytes(_folder["flipped.txt.gz"], zip);
        Assert.Throws<InputException>(() => CorpusFile.ReadAll(Corpus.Find(_folder["flipped.txt.gz"])));
    }

    [Fact]
    public void Any_bytes_give_documents_or_one_clear_error()
    {
        Random random = new(11);
        for (int round = 0; round < 200; round++)
        {
            byte[] bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            if (round % 3 == 0) bytes[0] = 0x1F;
            if (round % 3 == 0 && bytes.Length > 2) (bytes[1], bytes[2]) = (0x8B, 8);
            File.WriteAllBytes(_folder["c" + (round % 2 == 0 ? ".txt" : ".jsonl")], bytes);
            try
            {
                CorpusFile.ReadAll(Corpus.Find(_folder["c" + (round % 2 == 0 ? ".txt" : ".jsonl")]));
            }
            catch (InputException error)
            {
                Assert.DoesNotContain('\n', error.Message);
            }
        }
    }
}

using SaeSharp.Activations.Contexts;
using SaeSharp.Activations.Corpora;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Tests.Support;

namespace SaeSharp.Tests.Activations;

public sealed class ContextReaderTests : IDisposable
{
    private const int EndOfText = 4095;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData(EndOfText)]
    public void Joined_documents_make_one_stream_that_is_cut(int? beginning)
    {
        string[] documents = CorpusFile.Documents(30, seed: 1);
        int[] stream = [.. documents.SelectMany(document => (int[])[.. CorpusFile.Tokenizer.Encode(document), EndOfText])];
        using ContextReader reader = Open(documents, new ContextOptions(16, false, beginning, EndOfText, Repeat: false));
        List<int> read = [];
        for (int[] context; (context = Next(reader, 16)).Length > 0;)
        {
            if (beginning != null) Assert.Equal(beginning, context[0]);
            read.AddRange(context.Skip(beginning == null ? 0 : 1));
        }

        Assert.Equal(stream, read);
    }

    [Fact]
    public void A_repeated_stream_goes_on_with_the_first_document_without_a_gap()
    {
        string[] documents = CorpusFile.Documents(5, seed: 2);
        int[] stream = [.. documents.SelectMany(document => (int[])[.. CorpusFile.Tokenizer.Encode(document), EndOfText])];
        using ContextReader reader = Open(documents, new ContextOptions(24, false, null, EndOfText, Repeat: true));
        int[] read = [.. Enumerable.Range(0, 100).SelectMany(_ => Next(reader, 24))];
        Assert.Equal(Enumerable.Range(0, 2400).Select(i => stream[i % stream.Length]), read);
        Assert.Equal((2400 - 1) / stream.Length, reader.Position.Epoch);
    }

    [Fact]
    public void Per_document_a_context_holds_one_document_only()
    {
        string[] documents = CorpusFile.Documents(30, seed: 5);
        using ContextReader reader = Open(documents, new ContextOptions(16, true, EndOfText, EndOfText, Repeat: false));
        foreach (string document in documents)
        {
            foreach (int[] chunk in CorpusFile.Tokenizer.Encode(document).Chunk(15)) Assert.Equal([EndOfText, .. chunk], Next(reader, 16));
        }

        Assert.Empty(Next(reader, 16));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reading_begins_again_at_every_context(bool perDocument)
    {
        ContextOptions options = new(16, perDocument, EndOfText, EndOfText, Repeat: true);
        string[] documents = CorpusFile.Documents(12, seed: 6);
        using ContextReader reader = Open(documents, options);
        List<(ContextPosition Position, int[] Tokens)> contexts = [];
        for (int i = 0; i < 400; i++)
        {
            ContextPosition position = reader.Position;
            contexts.Add((position, Next(reader, 16)));
        }

        Assert.True(reader.Position.Epoch > 1);
        using ContextReader other = Open(documents, options);
        for (int i = 0; i < contexts.Count; i++)
        {
            other.Position = contexts[i].Position;
            for (int j = i; j < Math.Min(contexts.Count, i + 3); j++) Assert.Equal(contexts[j].Tokens, Next(other, 16));
        }
    }

    [Theory]
    [InlineData("\n\n")]
    [InlineData("<|endoftext|>\n<|endoftext|>\n")]
    public void A_corpus_without_text_is_refused(string content)
    {
        Corpus corpus = Corpus.Find(CorpusFile.Write(_folder["c.txt"], content.Trim('\n').Length == 0 ? "\n" : content));
        using ContextReader reader = new(corpus, CorpusFile.Tokenizer, new ContextOptions(16, false, null, EndOfText, Repeat: true));
        Assert.Contains("no text", Assert.Throws<InputException>(() => Next(reader, 16)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_position_of_another_corpus_is_refused()
    {
        using ContextReader reader = Open(["short"], new ContextOptions(4, false, null, EndOfText, Repeat: true));
        Assert.Throws<InputException>(() => reader.Position = new ContextPosition(0, CorpusPosition.Start, 1000));
        Assert.Throws<InputException>(() => reader.Position = new ContextPosition(0, new CorpusPosition(1 << 20, 3, false), 2));
    }

    private static int[] Next(ContextReader reader, int length)
    {
        int[] context = new int[length];
        return context[..reader.Read(context)];
    }

    private ContextReader Open(string[] documents, ContextOptions options)
    {
        if (!File.Exists(_folder["c.txt"])) CorpusFile.Write(_folder["c.txt"], CorpusFile.Join(documents));
        return new ContextReader(Corpus.Find(_folder["c.txt"]), CorpusFile.Tokenizer, options);
    }
}

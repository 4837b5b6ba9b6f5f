using System.Text;

namespace SaeSharp.Models.Tokenizers.Bpe;

/// <summary>What one thread needs while it encodes.</summary>
internal sealed class BpeWorkspace(MergeTable merges)
{
    private byte[] _bytes = new byte[256];
    private int[] _tokens = new int[256];

    public WordCache Cache { get; } = new();

    public BytePairMerger Merger { get; } = new(merges);

    /// <summary>Where words end.</summary>
    public List<int> Ends { get; } = [];

    /// <summary>The UTF-8 bytes of a word, and as many tokens to fill.</summary>
    public ReadOnlySpan<byte> Utf8(ReadOnlySpan<char> word, out Span<int> tokens)
    {
        int most = Encoding.UTF8.GetMaxByteCount(word.Length);
        if (_bytes.Length < most)
        {
            _bytes = new byte[most];
            _tokens = new int[most];
        }

        int count = Encoding.UTF8.GetBytes(word, _bytes);
        tokens = _tokens.AsSpan(0, count);
        return _bytes.AsSpan(0, count);
    }
}

using SaeSharp.Numerics;

namespace SaeSharp.Evaluation.Probing;

/// <summary>Averages the codes of each text's tokens without ever making a dense [texts × F] table.</summary>
/// <remarks>Special tokens are left out by giving their rows no text. Sums in double. Not thread-safe.</remarks>
public sealed class CodePooler
{
    private readonly int _latents;
    private readonly double[] _sums;
    private readonly bool[] _touched;
    private readonly List<int> _places = [];
    private readonly (int[] Latents, float[] Values)?[] _rows;

    /// <summary>Begins with no text pooled.</summary>
    /// <param name="texts">Number of texts.</param>
    /// <param name="latents">Number of latents F.</param>
    public CodePooler(int texts, int latents)
    {
        _latents = latents;
        _sums = new double[latents];
        _touched = new bool[latents];
        _rows = new (int[], float[])?[texts];
    }

    /// <summary>Tokens that were averaged.</summary>
    public long Tokens { get; private set; }

    /// <summary>Tokens that belong to no text: special ones and padding.</summary>
    public long Excluded { get; private set; }

    /// <summary>Takes a batch of tokens in; all tokens of a text follow each other within one batch.</summary>
    /// <param name="codes">[B, F]</param>
    /// <param name="texts">For each row its text, or −1.</param>
    public void Add(CsrMatrix codes, ReadOnlySpan<int> texts)
    {
        if (codes.Columns != _latents || texts.Length != codes.Rows) throw new ArgumentException("Codes and texts must fit each other and the number of latents.", nameof(codes));
        int current = -1, tokens = 0;
        for (int row = 0; row < codes.Rows; row++)
        {
            int text = texts[row];
            if (text < 0)
            {
                Excluded++;
                continue;
            }

            if (text != current) Finish(current, tokens);
            if (text != current) (current, tokens) = (text, 0);
            tokens++;
            for (int e = codes.RowPointerSpan[row]; e < codes.RowPointerSpan[row + 1]; e++) Add(codes.ColumnIndexSpan[e], codes.ValueSpan[e]);
        }

        Finish(current, tokens);
    }

    /// <summary>The means of all texts; a text without tokens has an empty code.</summary>
    public PooledCodes Build() => new(_latents, [.. _rows.Select(row => row ?? ([], []))]);

    private void Add(int latent, float value)
    {
        _sums[latent] += value;
        if (_touched[latent]) return;
        _touched[latent] = true;
        _places.Add(latent);
    }

    private void Finish(int text, int tokens)
    {
        if (text < 0) return;
        if (_rows[text] is not null) throw new ArgumentException($"Tokens of text {text} come in two pieces; they must follow each other within one batch.");
        _places.Sort();
        int[] latents = [.. _places.Where(latent => _sums[latent] != 0)];
        float[] values = new float[latents.Length];
        for (int i = 0; i < latents.Length; i++) values[i] = (float)(_sums[latents[i]] / tokens);
        foreach (int latent in _places) (_sums[latent], _touched[latent]) = (0, false);
        _places.Clear();
        _rows[text] = (latents, values);
        Tokens += tokens;
    }
}

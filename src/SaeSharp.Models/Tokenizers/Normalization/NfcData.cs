using System.Globalization;

namespace SaeSharp.Models.Tokenizers.Normalization;

/// <summary>Unicode's canonical decompositions, compositions and combining classes; loaded once from the embedded table.</summary>
/// <remarks>
/// The runtime normalises only where the ICU library is installed, and does nothing, silently, in the invariant mode that the
/// command runs in. Tokens must not depend on that, so the table is ours.
/// </remarks>
internal sealed class NfcData
{
    private const string Resource = "SaeSharp.Models.Tokenizers.Normalization.nfc.txt";
    private static readonly Lazy<NfcData> Shared = new(() => new NfcData());

    private readonly Dictionary<int, byte> _combiningClass = [];
    private readonly Dictionary<int, int[]> _decomposition = [];
    private readonly Dictionary<(int First, int Second), int> _composition = [];
    private readonly HashSet<int> _mayChange = [];
    private readonly bool[] _mayChangeBasic = new bool[char.MaxValue + 1];

    private NfcData()
    {
        using Stream stream = typeof(NfcData).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing.");
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            string[] fields = line.Split(' ');
            if (fields[0] == "c") AddCombining(Code(fields[1]), Code(fields[2]), byte.Parse(fields[3], CultureInfo.InvariantCulture));
            else AddDecomposition(Code(fields[1]), [.. fields.Skip(2).Select(Code)], composes: fields[0] == "d");
        }

        ExpandDecompositions();
        foreach (int code in _mayChange)
        {
            if (code <= char.MaxValue) _mayChangeBasic[code] = true;
        }

        // Vowels and final consonants of Hangul compose with what stands before them.
        for (int code = Hangul.FirstVowel; code < Hangul.FirstVowel + Hangul.Vowels; code++) _mayChangeBasic[code] = true;
        for (int code = Hangul.BeforeFinals + 1; code < Hangul.BeforeFinals + Hangul.Finals; code++) _mayChangeBasic[code] = true;
    }

    public static NfcData Instance => Shared.Value;

    /// <summary>Whether normalising a text may change this character or join it to the one before it.</summary>
    public bool MayChange(int code) => code <= char.MaxValue ? _mayChangeBasic[code] : _mayChange.Contains(code);

    /// <summary>0 for a starter.</summary>
    public byte CombiningClass(int code) => _combiningClass.GetValueOrDefault(code);

    /// <summary>The full decomposition; empty if the character stays as it is. Hangul syllables are not in here.</summary>
    public ReadOnlySpan<int> Decomposition(int code) => _decomposition.TryGetValue(code, out int[]? parts) ? parts : [];

    /// <summary>What two characters compose to.</summary>
    public bool TryCompose(int first, int second, out int composed) =>
        Hangul.TryCompose(first, second, out composed) || _composition.TryGetValue((first, second), out composed);

    private static int Code(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private void AddCombining(int first, int last, byte value)
    {
        for (int code = first; code <= last; code++)
        {
            _combiningClass[code] = value;
            _mayChange.Add(code);
        }
    }

    private void AddDecomposition(int code, int[] parts, bool composes)
    {
        _decomposition[code] = parts;
        if (composes)
        {
            _composition[(parts[0], parts[1])] = code;
            _mayChange.Add(parts[1]);
        }
        else
        {
            _mayChange.Add(code);
        }
    }

    private void ExpandDecompositions()
    {
        foreach (int code in _decomposition.Keys.ToArray()) _decomposition[code] = [.. Expand(code)];

        IEnumerable<int> Expand(int code) => _decomposition.TryGetValue(code, out int[]? parts) ? parts.SelectMany(Expand) : [code];
    }
}

using System.Text.RegularExpressions;

namespace SaeSharp.Models.Tokenizers.Words;

/// <summary>Cuts by a regular expression that has no scanner of its own: each match is a word, and so is what lies between two.</summary>
internal sealed class RegexWordScanner : IWordScanner
{
    // An expression from a file may backtrack without end; honest ones take microseconds a match.
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(10);

    private readonly Regex _regex;
    private readonly string _file;

    /// <param name="file">The file that it comes from, for messages.</param>
    /// <param name="pattern">The expression.</param>
    /// <exception cref="InputException">It means, or may mean, something else to .NET.</exception>
    public RegexWordScanner(string file, string pattern)
    {
        _file = file;
        if (PortableRegex.FirstForeignPart(pattern) is { } part)
            throw new InputException($"{file} cuts words by the regular expression {pattern}, whose part {part} is not supported.");
        try
        {
            _regex = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled, LongestMatch);
        }
        catch (ArgumentException exception)
        {
            throw new InputException($"{file} cuts words by a regular expression that cannot be read: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    /// <inheritdoc/>
    public void Cut(ReadOnlySpan<char> text, List<int> ends)
    {
        int[]? origins = null;
        ReadOnlySpan<char> seen = text.ContainsAnyInRange('\uD800', '\uDFFF') ? StandIns.Apply(text, out origins) : text;
        int last = 0;
        try
        {
            foreach (ValueMatch match in _regex.EnumerateMatches(seen))
            {
                Add(match.Index);
                Add(match.Index + match.Length);
            }
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new InputException($"The regular expression by which {_file} cuts words takes more than {LongestMatch.TotalSeconds} s on this text.", exception);
        }

        Add(seen.Length);

        void Add(int end)
        {
            if (end <= last) return;
            last = end;
            ends.Add(origins is null ? end : origins[end]);
        }
    }
}

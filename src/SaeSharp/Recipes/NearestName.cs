namespace SaeSharp.Recipes;

/// <summary>Finds the known name that somebody probably meant.</summary>
public static class NearestName
{
    private const int LongestList = 20;

    /// <summary>The candidate with the smallest edit distance, if it is near enough to be a likely slip; otherwise null.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What could have been meant.</param>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in candidates)
        {
            int distance = Distance(Plain(name), Plain(candidate));
            bool completes = name.Length >= 3 && candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase);
            if (completes) distance = Math.Min(distance, 1);
            if (distance < bestDistance) (best, bestDistance) = (candidate, distance);
        }

        return bestDistance <= Math.Max(1, (name.Length + 1) / 3) ? best : null;
    }

    /// <summary>A clause to end an error with: the nearest candidate, or the list of candidates if it is short enough to read.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> candidates) =>
        Find(name, candidates) is { } nearest ? $"did you mean '{nearest}'?"
        : candidates.Count <= LongestList ? $"expected one of {string.Join(", ", candidates)}."
        : $"there are {candidates.Count} others.";

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.</summary>
    private static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int change = a[i - 1] == b[j - 1] ? 0 : 1;
                int distance = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) distance = Math.Min(distance, d[i - 2, j - 2] + 1);
                d[i, j] = distance;
            }
        }

        return d[a.Length, b.Length];
    }
}

namespace SaeSharp.Evaluation.Probing;

/// <summary>Labelled texts.</summary>
/// <param name="Source">Where they come from: a file, for messages.</param>
/// <param name="Classes">Labels in ordinal order.</param>
/// <param name="Texts">The texts.</param>
/// <param name="Labels">For each text, the place of its label in <see cref="Classes"/>.</param>
public sealed record ProbeTexts(string Source, IReadOnlyList<string> Classes, IReadOnlyList<string> Texts, IReadOnlyList<int> Labels)
{
    /// <summary>Number of texts.</summary>
    public int Count => Texts.Count;

    /// <summary>Number of texts of each class.</summary>
    public int[] CountByClass()
    {
        int[] counts = new int[Classes.Count];
        foreach (int label in Labels) counts[label]++;
        return counts;
    }
}

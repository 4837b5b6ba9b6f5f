using SaeSharp.Numerics;

namespace SaeSharp.Evaluation.Probing;

/// <summary>Balanced samples of one class against the rest: as many positive as negative texts, the negative ones in equal shares from the other classes.</summary>
/// <remarks>Drawn without replacement; a Philox stream for each class and split, so a class's sample does not depend on which others are probed.</remarks>
internal static class OneVersusRest
{
    private const ulong Streams = 0x70726f62UL << 32;

    /// <summary>How many texts a side a class can have when no other class may be drawn from more than it holds.</summary>
    public static int Available(int[] counts, int positive)
    {
        int others = counts.Length - 1, smallest = int.MaxValue;
        for (int c = 0; c < counts.Length; c++)
            if (c != positive) smallest = Math.Min(smallest, counts[c]);
        return (int)Math.Min(counts[positive], (long)others * smallest);
    }

    /// <summary>Draws a sample.</summary>
    /// <param name="texts">The labelled texts.</param>
    /// <param name="positive">The class in question.</param>
    /// <param name="asked">Texts a side; null: as many as there are, at most <paramref name="most"/>.</param>
    /// <param name="most">Largest number a side when none is asked for.</param>
    /// <param name="seed">Seed of the draw.</param>
    /// <param name="isTest">Which split.</param>
    /// <exception cref="InputException">There are fewer texts than asked for, or none.</exception>
    public static BinaryTask Sample(ProbeTexts texts, int positive, int? asked, int most, ulong seed, bool isTest)
    {
        int[] counts = texts.CountByClass();
        int available = Available(counts, positive);
        int size = asked ?? Math.Min(available, most);
        if (size > available || size < 1)
        {
            throw new InputException(
                $"{texts.Source} has {available} texts a side for '{texts.Classes[positive]}' against the rest ({counts[positive]} of the class, equal shares of the others); {Math.Max(1, size)} were asked for.");
        }

        PhiloxStream random = new(seed, Streams + (((ulong)positive * 2) + (isTest ? 1UL : 0)));
        sbyte[] roles = new sbyte[texts.Count];
        Draw(texts, positive, size, 1, roles, random);
        int others = texts.Classes.Count - 1, place = 0;
        for (int c = 0; c < texts.Classes.Count; c++)
        {
            if (c == positive) continue;
            // The first classes give one more where shares don't come out even.
            Draw(texts, c, (size / others) + (place++ < size % others ? 1 : 0), -1, roles, random);
        }

        return new BinaryTask(roles);
    }

    private static void Draw(ProbeTexts texts, int label, int count, sbyte role, sbyte[] roles, PhiloxStream random)
    {
        int[] members = [.. Enumerable.Range(0, texts.Count).Where(text => texts.Labels[text] == label)];
        random.Shuffle<int>(members);
        for (int i = 0; i < count; i++) roles[members[i]] = role;
    }
}

namespace SaeSharp.Evaluation.Probing;

/// <summary>Which texts are positive and which negative in a question of one class against the rest.</summary>
/// <param name="Roles">For each text +1, −1, or 0 if it takes no part.</param>
public sealed record BinaryTask(sbyte[] Roles)
{
    /// <summary>Number of positive texts.</summary>
    public int Positives { get; } = Roles.Count(role => role > 0);

    /// <summary>Number of negative texts.</summary>
    public int Negatives { get; } = Roles.Count(role => role < 0);

    /// <summary>The texts that take part, ascending.</summary>
    public int[] Members() => [.. Enumerable.Range(0, Roles.Length).Where(text => Roles[text] != 0)];

    /// <summary>+1 or −1 for each member.</summary>
    internal double[] Signs(int[] members) => [.. members.Select(text => (double)Roles[text])];
}

namespace SaeSharp.Recipes;

/// <summary>Where a value stands in a recipe.</summary>
/// <param name="Keys">Keys from the recipe's root, or from a dictionary's.</param>
/// <param name="IsForDictionaries">Whether the keys are a dictionary's.</param>
/// <param name="Dictionary">Name or index of the dictionary; null for all of them.</param>
public sealed record RecipePath(IReadOnlyList<string> Keys, bool IsForDictionaries = false, string? Dictionary = null)
{
    /// <inheritdoc/>
    public override string ToString() => (IsForDictionaries ? $"dictionaries.{Dictionary ?? "*"}." : "") + string.Join('.', Keys);
}

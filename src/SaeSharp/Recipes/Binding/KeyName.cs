using System.Reflection;
using System.Text;
using System.Text.Json.Serialization;

namespace SaeSharp.Recipes.Binding;

/// <summary>How the names of the code are spelled in recipes.</summary>
internal static class KeyName
{
    /// <summary>snake_case of a property: <c>LearningRate</c> → <c>learning_rate</c>, <c>L1ByDecoderNorm</c> → <c>l1_by_decoder_norm</c>.</summary>
    internal static string Of(string name)
    {
        StringBuilder text = new(name.Length + 8);
        for (int i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && !char.IsUpper(name[i - 1])) text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }

    /// <summary>The written names of an enumeration, in declaration order.</summary>
    internal static IReadOnlyList<string> OfValues(Type enumeration) => [.. Enum.GetNames(enumeration).Select(name => OfMember(enumeration, name))];

    /// <summary>The written name of an enumeration's value.</summary>
    internal static string OfValue(object value) => OfMember(value.GetType(), Enum.GetName(value.GetType(), value)!);

    /// <summary>The value with a written name; case, hyphens and underscores do not matter.</summary>
    internal static bool TryParseValue(Type enumeration, string text, out object? value)
    {
        string plain = Plain(text);
        foreach (string name in Enum.GetNames(enumeration))
        {
            if (Plain(name) != plain && Plain(OfMember(enumeration, name)) != plain) continue;
            value = Enum.Parse(enumeration, name);
            return true;
        }

        value = null;
        return false;
    }

    private static string OfMember(Type enumeration, string name) =>
        enumeration.GetField(name)!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? Of(name);

    private static string Plain(string name) =>
        name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
}

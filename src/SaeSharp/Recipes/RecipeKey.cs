using System.Collections;
using System.Reflection;
using SaeSharp.Recipes.Binding;

namespace SaeSharp.Recipes;

/// <summary>One key of a recipe.</summary>
/// <param name="Name">Full name, e.g. <c>training.learning_rate</c> or <c>dictionaries.*.sparsifier.k</c>.</param>
/// <param name="Default">Its default as it would be written; null: unset.</param>
/// <param name="Expected">What a value must be, e.g. <c>a number</c> or the names of an enumeration.</param>
/// <param name="Property">The property of the record that it sets; its documentation is the key's.</param>
public sealed record RecipeKey(string Name, string? Default, string Expected, PropertyInfo Property)
{
    internal static RecipeKey Of(string name, PropertyInfo property, object defaults)
    {
        object? value = property.GetValue(defaults);
        Type type = RecordSchema.ItemType(property.PropertyType) ?? property.PropertyType;
        bool list = type != property.PropertyType;
        string? text = list ? $"[{string.Join(", ", ((IEnumerable)value!).Cast<object>().Select(ScalarConverter.Write))}]" : ScalarConverter.Write(value);
        string expected = ScalarConverter.Expected(type);
        return new RecipeKey(name, text, list ? $"a list, each {expected}" : expected, property);
    }
}

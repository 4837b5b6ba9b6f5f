using System.Globalization;

namespace SaeSharp.Recipes.Binding;

/// <summary>Text to values and back, for the few types that recipes are made of.</summary>
internal static class ScalarConverter
{
    /// <summary>Reads a value.</summary>
    /// <param name="type">string, bool, int, long, ulong, double or an enumeration; a nullable of these takes null.</param>
    /// <param name="text">What was written; null for nothing.</param>
    /// <param name="value">The value.</param>
    /// <returns>What was expected instead, or null if all is well.</returns>
    internal static string? TryRead(Type type, string? text, out object? value)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        value = null;
        if (text is null) return plain != type || plain == typeof(string) ? null : Expected(plain);
        if (plain == typeof(string))
        {
            value = text;
            return null;
        }

        text = text.Trim();
        if (plain.IsEnum)
            KeyName.TryParseValue(plain, text, out value);
        else if (plain == typeof(bool))
            value = bool.TryParse(text, out bool truth) ? truth : null;
        else if (plain == typeof(double))
            value = ReadDouble(text);
        else
            value = ReadWhole(text) is { } whole ? Narrow(plain, whole) : null;
        return value is null ? Expected(plain) : null;
    }

    /// <summary>Writes a value so that <see cref="TryRead"/> gives it back; null for nothing.</summary>
    internal static string? Write(object? value) => value switch
    {
        null => null,
        string text => text,
        bool truth => truth ? "true" : "false",
        Enum member => KeyName.OfValue(member),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"Recipes have no values of type {value.GetType().Name}.", nameof(value)),
    };

    private static double? ReadDouble(string text) =>
        double.TryParse(WithoutGaps(text), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;

    /// <summary>Whole numbers may be written 2000000, 2_000_000 or 2e6.</summary>
    private static decimal? ReadWhole(string text)
    {
        const NumberStyles styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return decimal.TryParse(WithoutGaps(text), styles, CultureInfo.InvariantCulture, out decimal number) && decimal.IsInteger(number) ? number : null;
    }

    private static object? Narrow(Type type, decimal number)
    {
        try
        {
            return Convert.ChangeType(number, type, CultureInfo.InvariantCulture);
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static string WithoutGaps(string text) => text.StartsWith('_') || text.EndsWith('_') ? text : text.Replace("_", "", StringComparison.Ordinal);

    internal static string Expected(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } enumeration => $"one of {string.Join(", ", KeyName.OfValues(enumeration))}",
        var t when t == typeof(bool) => "true or false",
        var t when t == typeof(double) => "a number",
        var t when t == typeof(ulong) => "a whole number that is not negative",
        var t when t == typeof(int) => "a whole number below 2^31",
        var t when t == typeof(long) => "a whole number",
        _ => "text",
    };
}

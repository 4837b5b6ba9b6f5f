using System.Globalization;
using System.Text.Json.Nodes;

namespace SaeSharp.Cli.Terminals;

/// <summary>Numbers as people read them.</summary>
internal static class Numbers
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];
    private static readonly string[] Prefixes = ["", " k", " M", " G", " T", " P", " E"];

    /// <summary>12345678 → 12,345,678.</summary>
    internal static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Up to four significant digits.</summary>
    internal static string Plain(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e6 or < 1e-3 => value.ToString("0.00e+0", CultureInfo.InvariantCulture),
        >= 1000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.0000", CultureInfo.InvariantCulture),
    };

    /// <summary>0.123 → 12.3 %.</summary>
    internal static string Share(double value) => (value * 100).ToString(Math.Abs(value) >= 0.9995 ? "0" : "0.0", CultureInfo.InvariantCulture) + " %";

    /// <summary>Bytes in powers of ten: 1234567 → 1.23 MB.</summary>
    internal static string Bytes(double value)
    {
        int unit = 0;
        while (value >= 1000 && unit < Units.Length - 1) (value, unit) = (value / 1000, unit + 1);
        return $"{Short(value, unit == 0)} {Units[unit]}";
    }

    /// <summary>1.5e9 → 1.5 G with a unit behind it: FLOP, byte/s and the like.</summary>
    internal static string Metric(double value, string unit)
    {
        int prefix = 0;
        while (value >= 1000 && prefix < Prefixes.Length - 1) (value, prefix) = (value / 1000, prefix + 1);
        return prefix == 0 ? $"{Short(value, false)} {unit}" : $"{Short(value, false)}{Prefixes[prefix]}{unit}";
    }

    /// <summary>Seconds as people say them: 0.123 s, 42 s, 3:05, 7:12:03, 12 days.</summary>
    internal static string Duration(double seconds)
    {
        if (double.IsNaN(seconds) || double.IsInfinity(seconds)) return "–";
        if (seconds <= 0) return "0 s";
        if (seconds < 1) return Short(seconds * 1000, false) + " ms";
        if (seconds < 60) return string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s");
        if (seconds >= 48 * 3600) return string.Create(CultureInfo.InvariantCulture, $"{seconds / 86400:0.#} days");
        TimeSpan span = TimeSpan.FromSeconds(Math.Round(seconds));
        return span.TotalHours >= 1 ? $"{(int)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}" : $"{span.Minutes}:{span.Seconds:00}";
    }

    /// <summary>A number for JSON; null where JSON has no word for it.</summary>
    internal static JsonNode? ForJson(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    private static string Short(double value, bool whole) =>
        value.ToString(whole || value >= 100 ? "0" : value >= 10 ? "0.#" : "0.##", CultureInfo.InvariantCulture);
}

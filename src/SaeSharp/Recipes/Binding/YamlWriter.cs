using System.Globalization;
using System.Text;

namespace SaeSharp.Recipes.Binding;

/// <summary>Nodes to YAML text: sections as blocks, lists of values in brackets, keys without a value left out.</summary>
internal static class YamlWriter
{
    internal static string Write(MapNode map)
    {
        StringBuilder text = new();
        WriteMap(map, text, 0, firstIndented: true);
        return text.ToString();
    }

    private static void WriteMap(MapNode map, StringBuilder text, int indent, bool firstIndented)
    {
        bool indented = firstIndented;
        foreach ((string key, _) in map.Keys)
        {
            RecipeNode value = map[key];
            if (value is ScalarNode { Text: null }) continue;
            if (indented) text.Append(' ', indent);
            indented = true;
            text.Append(key).Append(':');
            WriteValue(value, text, indent);
        }
    }

    private static void WriteValue(RecipeNode value, StringBuilder text, int indent)
    {
        switch (value)
        {
            case ScalarNode scalar:
                text.Append(' ').Append(Quote(scalar.Text)).Append('\n');
                break;
            case ListNode list when list.Items.Any(item => item is MapNode):
                text.Append('\n');
                foreach (RecipeNode item in list.Items)
                {
                    text.Append(' ', indent + 2).Append("- ");
                    WriteMap((MapNode)item, text, indent + 4, firstIndented: false);
                }

                break;
            case ListNode list:
                text.Append(" [").AppendJoin(", ", list.Items.Cast<ScalarNode>().Select(item => Quote(item.Text))).Append("]\n");
                break;
            case MapNode map:
                text.Append('\n');
                WriteMap(map, text, indent + 2, firstIndented: true);
                break;
        }
    }

    /// <summary>Plain where no reader could take it for anything but this text, otherwise in double quotes.</summary>
    private static string Quote(string? value)
    {
        if (value is null) return "null";
        bool plain = value.Length > 0 && (char.IsAsciiLetterOrDigit(value[0]) || value[0] is '/' or '.' or '-' && value.Length > 1)
            && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or '+')
            && !value.StartsWith("---", StringComparison.Ordinal) && !value.StartsWith("...", StringComparison.Ordinal)
            && value is not ("null" or "Null" or "NULL");
        if (plain) return value;
        StringBuilder text = new("\"");
        foreach (char c in value)
        {
            if (c is '"' or '\\') text.Append('\\').Append(c);
            else if (c is >= ' ' and < (char)0x7f || char.IsLetterOrDigit(c) || char.IsSurrogate(c)) text.Append(c);
            else text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return text.Append('"').ToString();
    }
}

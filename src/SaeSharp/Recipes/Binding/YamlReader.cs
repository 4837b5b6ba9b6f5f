using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SaeSharp.Recipes.Binding;

/// <summary>YAML text to nodes. Anchors, tags and several documents are refused: a recipe is a plain tree.</summary>
internal static class YamlReader
{
    private const int LargestDepth = 16;

    /// <param name="text">The text.</param>
    /// <param name="source">What to call it in messages: a file name.</param>
    internal static RecipeNode Read(string text, string source)
    {
        YamlStream stream = [];
        try
        {
            RefuseAnchors(text, source);
            using StringReader reader = new(text);
            stream.Load(reader);
        }
        catch (YamlException exception)
        {
            string reason = (exception.InnerException ?? exception).Message.ReplaceLineEndings(" ").TrimEnd('.');
            throw new InputException($"{source}, line {exception.Start.Line}: not valid YAML: {reason}.", exception);
        }

        return stream.Documents.Count switch
        {
            0 => new ScalarNode(source, null),
            1 => Convert(stream.Documents[0].RootNode, source, 0),
            _ => throw new InputException($"{source} holds {stream.Documents.Count} YAML documents; expected one."),
        };
    }

    private static void RefuseAnchors(string text, string source)
    {
        // Aliases could make a small file a huge tree; no recipe needs them.
        using StringReader reader = new(text);
        Parser parser = new(reader);
        int depth = 0;
        while (parser.MoveNext())
        {
            if (parser.Current is YamlDotNet.Core.Events.AnchorAlias or YamlDotNet.Core.Events.NodeEvent { Anchor.IsEmpty: false })
                throw new InputException($"{source}, line {parser.Current.Start.Line}: recipes have no anchors or aliases.");
            depth += parser.Current?.NestingIncrease ?? 0;
            if (depth > LargestDepth + 2) throw new InputException($"{source}, line {parser.Current!.Start.Line}: nested deeper than any recipe.");
        }
    }

    private static RecipeNode Convert(YamlNode node, string source, int depth)
    {
        string origin = Origin(node, source);
        switch (node)
        {
            case YamlScalarNode scalar:
                bool plain = scalar.Style is ScalarStyle.Plain or ScalarStyle.Any;
                return new ScalarNode(origin, plain && scalar.Value is null or "" or "~" or "null" or "Null" or "NULL" ? null : scalar.Value);
            case YamlSequenceNode sequence:
                return new ListNode(origin, [.. sequence.Children.Select(child => Convert(child, source, depth + 1))]);
            case YamlMappingNode mapping:
                MapNode map = new(origin);
                foreach ((YamlNode key, YamlNode value) in mapping.Children)
                {
                    string keyOrigin = Origin(key, source);
                    string name = (key as YamlScalarNode)?.Value ?? throw new InputException($"{keyOrigin}: a key must be text.");
                    name = name.Replace('-', '_');
                    if (map.Find(name) is not null) throw new InputException($"{keyOrigin}: key '{name}' is there twice.");
                    map.Set(name, Convert(value, source, depth + 1), keyOrigin);
                }

                return map;
            default:
                throw new InputException($"{origin}: not something that a recipe can hold.");
        }
    }

    private static string Origin(YamlNode node, string source) => string.Create(CultureInfo.InvariantCulture, $"{source}, line {node.Start.Line}");
}

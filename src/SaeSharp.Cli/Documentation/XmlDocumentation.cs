using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using SaeSharp.Recipes;

namespace SaeSharp.Cli.Documentation;

/// <summary>The summaries that the compiler wrote next to an assembly, so that help and code say the same.</summary>
internal sealed partial class XmlDocumentation
{
    private readonly Dictionary<string, XElement> _members = new(StringComparer.Ordinal);

    private XmlDocumentation(Assembly assembly)
    {
        string path = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml");
        if (!File.Exists(path)) return;
        try
        {
            foreach (XElement member in XDocument.Load(path).Descendants("member"))
                if (member.Attribute("name")?.Value is { } name) _members[name] = member;
        }
        catch (XmlException)
        {
            // A damaged file costs the explanations only; the keys and defaults are still right.
        }
    }

    internal static XmlDocumentation For(Assembly assembly) => new(assembly);

    /// <summary>The summary of a property in one line; says so if there is none.</summary>
    internal string Summary(PropertyInfo property) =>
        _members.TryGetValue($"P:{property.DeclaringType!.FullName}.{property.Name}", out XElement? member) && member.Element("summary") is { } summary
            ? Spaces().Replace(Text(summary), " ").Trim()
            : "(no explanation found next to the program)";

    private static string Text(XElement element)
    {
        StringBuilder text = new();
        foreach (XNode node in element.Nodes())
        {
            if (node is XText plain) text.Append(plain.Value);
            else if (node is XElement { Name.LocalName: "see" } see) text.Append(Reference(see));
            else if (node is XElement inner) text.Append(Text(inner));
        }

        return text.ToString();
    }

    /// <summary>A reference to a property reads as its key.</summary>
    private static string Reference(XElement see)
    {
        string target = see.Attribute("cref")?.Value ?? see.Attribute("langword")?.Value ?? "";
        string name = target[(target.LastIndexOf('.') + 1)..];
        return target.StartsWith("P:", StringComparison.Ordinal)
            ? RecipeKeys.All.FirstOrDefault(key => target == $"P:{key.Property.DeclaringType!.FullName}.{key.Property.Name}")?.Name.Split('.')[^1] ?? name
            : name;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

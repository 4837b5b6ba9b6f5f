using System.Text.RegularExpressions;

namespace SaeSharp.Models.Hub;

/// <summary>A model on a hub: <c>org/name</c>, and which revision of it: a branch, a tag or a commit.</summary>
/// <param name="Name"><c>org/name</c>.</param>
/// <param name="Revision">What comes after the <c>@</c>.</param>
/// <remarks>Only ids made by <see cref="TryParse"/> or <see cref="Parse"/> are known to be safe as parts of a path and of an address.</remarks>
public readonly partial record struct ModelId(string Name, string Revision = ModelId.DefaultRevision)
{
    /// <summary>The revision of an id that names none.</summary>
    public const string DefaultRevision = "main";

    private const int LongestName = 96;
    private const int LongestRevision = 200;

    /// <summary>Whether the revision is a commit and not a name for one.</summary>
    public bool NamesCommit => IsCommit(Revision);

    /// <summary>Reads <c>org/name</c> or <c>org/name@revision</c>.</summary>
    /// <returns>Whether the text has that form; nothing is said about whether there is such a model.</returns>
    public static bool TryParse(string text, out ModelId id)
    {
        id = default;
        int at = text.IndexOf('@', StringComparison.Ordinal);
        string name = at < 0 ? text : text[..at];
        string revision = at < 0 ? DefaultRevision : text[(at + 1)..];
        if (name.Length > LongestName || revision.Length > LongestRevision || !NameForm().IsMatch(name) || !RevisionForm().IsMatch(revision)) return false;

        // The hub allows neither, and the cache's folder names rely on it.
        if (name.Contains("--", StringComparison.Ordinal) || text.Contains("..", StringComparison.Ordinal)) return false;
        id = new ModelId(name, revision);
        return true;
    }

    /// <summary>Reads <c>org/name</c> or <c>org/name@revision</c>.</summary>
    /// <exception cref="InputException">It has another form.</exception>
    public static ModelId Parse(string text) =>
        TryParse(text, out ModelId id) ? id : throw new InputException($"'{text}' is no model id; expected org/name or org/name@revision.");

    /// <summary><c>org/name</c>, with the revision if it is not the default one.</summary>
    public override string ToString() => Revision == DefaultRevision ? Name : $"{Name}@{Revision}";

    /// <summary>Whether a text is a full commit hash: 40 hexadecimal digits in lower case.</summary>
    internal static bool IsCommit(string text) => CommitForm().IsMatch(text);

    [GeneratedRegex(@"\A[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?/[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\z")]
    private static partial Regex NameForm();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*\z")]
    private static partial Regex RevisionForm();

    [GeneratedRegex(@"\A[0-9a-f]{40}\z")]
    private static partial Regex CommitForm();
}

using System.Globalization;

namespace SaeSharp.Models.Tests.Hub;

/// <summary>A request that a <see cref="LocalServer"/> got.</summary>
internal sealed record LocalRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? Token => Headers.GetValueOrDefault("Authorization");

    /// <summary>The name that the client knows the server by.</summary>
    public string Host => Headers["Host"].Split(':')[0];

    /// <summary>The first byte that is asked for.</summary>
    public long? From => Headers.TryGetValue("Range", out string? range) ? long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : null;
}

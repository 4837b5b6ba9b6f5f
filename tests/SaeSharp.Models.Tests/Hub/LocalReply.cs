using System.Text;

namespace SaeSharp.Models.Tests.Hub;

/// <summary>What a <see cref="LocalServer"/> says.</summary>
internal sealed record LocalReply(int Status)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    public byte[] Body { get; init; } = [];

    /// <summary>Whether a range is honoured.</summary>
    public bool Ranges { get; init; }

    /// <summary>Whether the length is not said beforehand.</summary>
    public bool Chunked { get; init; }

    /// <summary>After so many bytes the connection ends.</summary>
    public int CutAfter { get; init; } = int.MaxValue;

    /// <summary>Says nothing more instead of ending the connection.</summary>
    public bool ThenSilent { get; init; }

    public static LocalReply Json(string text) => new(200) { Body = Encoding.UTF8.GetBytes(text) };

    public LocalReply With(string header, string value)
    {
        Headers[header] = value;
        return this;
    }
}

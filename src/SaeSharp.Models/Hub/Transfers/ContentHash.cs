using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SaeSharp.Models.Hub.Transfers;

/// <summary>The hash by which a hub names a file's content: SHA-256 of large files, git's SHA-1 of small ones.</summary>
internal sealed class ContentHash : IDisposable
{
    private const int Sha256Digits = 64;
    private const int GitDigits = 40;

    private readonly IncrementalHash _hash;
    private readonly string _expected;

    /// <param name="expected">The name, checked by <see cref="IsName"/>.</param>
    /// <param name="size">How many bytes the content has; git hashes that too.</param>
    public ContentHash(string expected, long size)
    {
        _expected = expected;
        bool git = expected.Length == GitDigits;
        _hash = IncrementalHash.CreateHash(git ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        if (git) _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));
    }

    /// <summary>Whether a text is such a hash, in lower case; then it is also a safe file name.</summary>
    public static bool IsName(string text) => text.Length is Sha256Digits or GitDigits && text.All(c => char.IsAsciiHexDigitLower(c));

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>Whether what was appended is the content; afterwards nothing more can be.</summary>
    public bool Matches() => Convert.ToHexStringLower(_hash.GetHashAndReset()) == _expected;

    public void Dispose() => _hash.Dispose();
}

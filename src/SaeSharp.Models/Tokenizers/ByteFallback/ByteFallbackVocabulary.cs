using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using SaeSharp.Models.Tokenizers.AddedTokens;
using SaeSharp.Models.Tokenizers.Bpe;

namespace SaeSharp.Models.Tokenizers.ByteFallback;

/// <summary>A vocabulary of characters; a character that has no token becomes its UTF-8 bytes, which have: <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>.</summary>
internal sealed class ByteFallbackVocabulary : BpeVocabulary
{
    private const int Unknown = -1;

    private readonly Dictionary<int, int> _idOfRune = [];
    private readonly int[] _idOfBasic = new int[char.MaxValue + 1];
    private readonly int[] _idOfByte = new int[256];
    private readonly HashSet<int> _byteIds = [];

    /// <inheritdoc cref="BpeVocabulary(string, IReadOnlyDictionary{string, int}, IReadOnlyList{ValueTuple{string, string}}, IReadOnlyList{AddedToken})"/>
    /// <param name="file"/><param name="idOf"/><param name="merges"/><param name="addedTokens"/>
    /// <param name="decode">What stands for what in a token's written form, e.g. <c>▁</c> for a space.</param>
    /// <exception cref="InputException">A byte that a text may need has no token, or bytes merge.</exception>
    public ByteFallbackVocabulary(
        string file, IReadOnlyDictionary<string, int> idOf, IReadOnlyList<(string Left, string Right)> merges,
        IReadOnlyList<AddedToken> addedTokens, Func<string, string> decode)
        : base(file, idOf, merges, addedTokens)
    {
        Array.Fill(_idOfBasic, Unknown);
        foreach ((string token, int id) in idOf)
        {
            AddToken(token, id, decode);
            if (token.Length > 0 && Rune.DecodeFromUtf16(token, out Rune rune, out int length) == System.Buffers.OperationStatus.Done && length == token.Length)
            {
                if (rune.IsBmp) _idOfBasic[rune.Value] = id;
                else _idOfRune[rune.Value] = id;
            }
        }

        foreach (AddedToken token in addedTokens) AddToken(token.Text, token.Id, decode);
        for (int value = 0; value < 256; value++)
        {
            bool needed = value < 0x80 ? _idOfBasic[value] == Unknown : value is < 0xC0 or (> 0xC1 and < 0xF5);
            bool known = idOf.TryGetValue($"<0x{value:X2}>", out _idOfByte[value]);
            if (needed && !known) throw new InputException($"{file} has byte_fallback but no token <0x{value:X2}>.");
        }

        foreach ((string left, string right) in merges)
        {
            // No published vocabulary has such a merge; the scanner relies on there being none.
            if (IsByte(left, out _) || IsByte(right, out _)) throw new InputException($"{file} merges '{left}' and '{right}'; merges of bytes are not supported with byte_fallback.");
        }
    }

    /// <inheritdoc/>
    public override Span<int> Split(ReadOnlySpan<char> word, BpeWorkspace workspace)
    {
        ReadOnlySpan<byte> bytes = workspace.Utf8(word, out Span<int> tokens);
        int count = 0;
        while (!bytes.IsEmpty)
        {
            Rune.DecodeFromUtf8(bytes, out Rune rune, out int length);
            int id = rune.IsBmp ? _idOfBasic[rune.Value] : _idOfRune.GetValueOrDefault(rune.Value, Unknown);
            if (id != Unknown) tokens[count++] = id;
            else foreach (byte value in bytes[..length]) tokens[count++] = _idOfByte[value];
            bytes = bytes[length..];
        }

        return tokens[..count];
    }

    /// <inheritdoc/>
    /// <remarks>Bytes in a row that are UTF-8 are its characters; if they are not, each of them is a U+FFFD, as in the reference implementation.</remarks>
    public override string Text(IReadOnlyList<int> ids)
    {
        List<byte> bytes = [];
        List<byte> run = [];
        foreach (int id in ids)
        {
            if (_byteIds.Contains(id))
            {
                run.Add(Bytes(id)[0]);
                continue;
            }

            FlushRun();
            bytes.AddRange(Bytes(id));
        }

        FlushRun();
        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes));

        void FlushRun()
        {
            Span<byte> span = CollectionsMarshal.AsSpan(run);
            if (System.Text.Unicode.Utf8.IsValid(span)) bytes.AddRange(span);
            else for (int i = 0; i < run.Count; i++) bytes.AddRange("\uFFFD"u8);
            run.Clear();
        }
    }

    private static bool IsByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private void AddToken(string token, int id, Func<string, string> decode)
    {
        if (IsByte(token, out byte value))
        {
            SetBytes(id, [value]);
            _byteIds.Add(id);
        }
        else
        {
            SetBytes(id, Encoding.UTF8.GetBytes(decode(token)));
        }
    }
}

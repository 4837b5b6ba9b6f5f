using System.Globalization;
using System.Text;

namespace SaeSharp.Models.Tokenizers.RwkvWorld;

/// <summary>Reads what Python prints for a text or for bytes: <c>'a\n'</c>, <c>"it's"</c>, <c>b'\xff'</c>. Nothing is evaluated.</summary>
internal static class PythonLiteral
{
    /// <summary>The bytes of a literal, a text's in UTF-8; false if it is none.</summary>
    public static bool TryRead(ReadOnlySpan<char> literal, out byte[] value)
    {
        value = [];
        bool isBytes = literal.StartsWith("b");
        if (isBytes) literal = literal[1..];
        if (literal.Length < 2 || literal[0] is not ('\'' or '"') || literal[^1] != literal[0]) return false;
        char quote = literal[0];
        literal = literal[1..^1];
        List<byte> bytes = new(literal.Length);
        Span<byte> utf8 = stackalloc byte[4];
        while (!literal.IsEmpty)
        {
            int length;
            int code;
            if (literal[0] == quote) return false;
            if (literal[0] == '\\')
            {
                if (!TryReadEscape(literal, isBytes, out code, out length)) return false;
            }
            else
            {
                if (Rune.DecodeFromUtf16(literal, out Rune rune, out length) != System.Buffers.OperationStatus.Done) return false;
                code = rune.Value;
                if (isBytes && code >= 0x80) return false;
            }

            if (isBytes) bytes.Add((byte)code);
            else if (Rune.IsValid(code)) bytes.AddRange(utf8[..new Rune(code).EncodeToUtf8(utf8)]);
            else return false;
            literal = literal[length..];
        }

        value = [.. bytes];
        return true;
    }

    private static bool TryReadEscape(ReadOnlySpan<char> text, bool isBytes, out int code, out int length)
    {
        length = 2;
        code = text.Length < 2 ? -1 : text[1] switch
        {
            '\\' => '\\',
            '\'' => '\'',
            '"' => '"',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            _ => -1,
        };
        if (code >= 0) return true;
        int digits = text.Length < 2 ? 0 : text[1] switch { 'x' => 2, 'u' when !isBytes => 4, 'U' when !isBytes => 8, _ => 0 };
        length = 2 + digits;
        return digits > 0 && text.Length >= length && int.TryParse(text.Slice(2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code);
    }
}

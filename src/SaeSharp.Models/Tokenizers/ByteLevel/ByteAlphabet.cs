using System.Text;

namespace SaeSharp.Models.Tokenizers.ByteLevel;

/// <summary>GPT-2's printable stand-ins for the 256 bytes, in which byte-level vocabularies are written.</summary>
/// <remarks>Printable bytes of Latin-1 stand for themselves, the other 68 are U+0100, U+0101, … in order: a space is <c>Ġ</c>.</remarks>
internal static class ByteAlphabet
{
    private const int FirstStandIn = 0x100;
    private static readonly char[] CharacterOf = BuildCharacters();
    private static readonly short[] ByteOf = BuildBytes();

    /// <summary>The character that stands for a byte.</summary>
    public static char Character(byte value) => CharacterOf[value];

    /// <summary>The bytes behind a token's written form; a text with any other character stands for its own UTF-8 bytes.</summary>
    public static byte[] Bytes(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            short value = token[i] < ByteOf.Length ? ByteOf[token[i]] : (short)-1;
            if (value < 0) return Encoding.UTF8.GetBytes(token);
            bytes[i] = (byte)value;
        }

        return bytes;
    }

    private static char[] BuildCharacters()
    {
        char[] characters = new char[256];
        char next = (char)FirstStandIn;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = printable ? (char)value : next++;
        }

        return characters;
    }

    private static short[] BuildBytes()
    {
        short[] bytes = new short[CharacterOf.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++) bytes[CharacterOf[value]] = (short)value;
        return bytes;
    }
}

using System.Text;
using SaeSharp.Models.Tokenizers;

namespace SaeSharp.Models.Generation;

/// <summary>Turns tokens into text as they come: a character whose bytes are spread over tokens appears once it is whole.</summary>
public sealed class TextStream(ITokenizer tokenizer)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>The text that a token completes; may be empty.</summary>
    public string Append(int token) => Decode(tokenizer.Bytes(token), flush: false);

    /// <summary>What is left: U+FFFD if the last character is not whole.</summary>
    public string Finish() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        Span<char> characters = new char[_decoder.GetCharCount(bytes, flush)];
        return new string(characters[.._decoder.GetChars(bytes, characters, flush)]);
    }
}

using SaeSharp.Models.Tokenizers;

namespace SaeSharp.Models.Generation;

/// <summary>Continues text: what <c>saesharp generate</c> does.</summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
public sealed class TextGenerator(LanguageModel model, ITokenizer tokenizer)
{
    private readonly Generator _generator = new(model);

    /// <summary>Continues a text.</summary>
    /// <param name="prompt">The text. If it has no tokens, the model begins after its end-of-text token, as documents do.</param>
    /// <param name="options">How to choose, when to stop.</param>
    /// <param name="onText">Called with each piece of new text as it comes.</param>
    /// <param name="startDocument">Whether to put the end-of-text token before the prompt, as in training, where one document follows another.</param>
    /// <returns>The new text, and why it ended.</returns>
    /// <exception cref="InputException">The prompt is too long, or the model and its tokenizer do not fit each other.</exception>
    public (string Text, FinishReason Finish) Generate(string prompt, GenerationOptions options, Action<string>? onText = null, bool startDocument = false)
    {
        List<int> ids = [];
        int? separator = model.Description.EndOfText;
        tokenizer.Encode(prompt, ids);
        if (separator is { } id && (startDocument || ids.Count == 0)) ids.Insert(0, id);
        if (ids.Count == 0) throw new InputException("The prompt is empty, and the model's configuration names no end-of-text token to begin after.");

        TextStream stream = new(tokenizer);
        System.Text.StringBuilder text = new();
        GeneratedSequence generated = _generator.Generate([.. ids], options, token => Append(stream.Append(token)));
        Append(stream.Finish());
        return (text.ToString(), generated.Finish);

        void Append(string piece)
        {
            if (piece.Length == 0) return;
            text.Append(piece);
            onText?.Invoke(piece);
        }
    }
}

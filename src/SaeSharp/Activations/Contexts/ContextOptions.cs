using SaeSharp.Models.Tokenizers;
using SaeSharp.Recipes;

namespace SaeSharp.Activations.Contexts;

/// <summary>How the tokens of documents are packed into contexts.</summary>
/// <param name="Length">Tokens a context.</param>
/// <param name="PerDocument">Whether a context holds one document only; otherwise documents are joined by the end-of-text token and cut.</param>
/// <param name="BeginningOfText">Token that every context starts with, or null.</param>
/// <param name="EndOfText">Token between joined documents, or null for none.</param>
/// <param name="Repeat">Whether the corpus begins again when it ends.</param>
public sealed record ContextOptions(int Length, bool PerDocument, int? BeginningOfText, int? EndOfText, bool Repeat)
{
    /// <summary>What a recipe's data section asks for.</summary>
    /// <param name="data">The section.</param>
    /// <param name="endOfText">The model's end-of-text token, which serves as its beginning-of-text token too unless the tokenizer has one of its own.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="repeat">Whether the corpus begins again when it ends.</param>
    /// <exception cref="InputException">A beginning-of-text token is asked for, and the model has none.</exception>
    public static ContextOptions For(DataSpec data, int? endOfText, ITokenizer tokenizer, bool repeat)
    {
        int? beginning = null;
        if (data.PrependBos)
        {
            beginning = tokenizer.TryFindAddedToken("<bos>", out int own) ? own : endOfText;
            if (beginning == null) throw new InputException("data.prepend_bos is on, but the model names no beginning-of-text token; switch it off.");
        }

        return new ContextOptions(data.Context, data.PerDocument, beginning, endOfText, repeat);
    }
}

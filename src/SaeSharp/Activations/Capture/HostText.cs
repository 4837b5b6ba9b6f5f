using SaeSharp.Activations.Contexts;
using SaeSharp.Activations.Corpora;
using SaeSharp.Activations.Pipeline;
using SaeSharp.Models;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Activations.Capture;

/// <summary>A host model, its tokenizer, a hook point and a corpus: all that vectors are captured from.</summary>
internal sealed class HostText : IDisposable
{
    /// <summary>Most tokens that go through a model at a time.</summary>
    private const int MostRows = 1 << 22;

    private readonly LanguageModelCapture _host;
    private readonly ITokenizer _tokenizer;
    private readonly Corpus _corpus;
    private readonly DataSpec _data;
    private readonly int? _endOfText;

    private HostText(LanguageModel model, bool ownsModel, HookPoint point, ITokenizer tokenizer, Corpus corpus, DataSpec data)
    {
        _host = new LanguageModelCapture(model, point, ownsModel);
        (_tokenizer, _corpus, _data, _endOfText) = (tokenizer, corpus, data, model.Description.EndOfText);
    }

    /// <summary>Numbers that tell this text and model from others.</summary>
    public long[] Identity => [_corpus.Length, _data.Context, _data.PerDocument ? 1 : 0, _data.PrependBos ? 1 : 0];

    /// <summary>Loads what a recipe names.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="device">Where a model is loaded to.</param>
    /// <param name="model">The recipe's model if it is loaded already; stays the caller's.</param>
    public static HostText Load(Recipe recipe, Device device, LanguageModel? model)
    {
        string folder = recipe.Model ?? throw new InputException("The recipe names no model; give --model FOLDER, or --activations FILE for vectors that were captured before.");
        string hook = recipe.Hook ?? throw new InputException("The recipe names no hook point; give one like --hook blocks.2.hook_resid_post.");
        string path = recipe.Corpus ?? throw new InputException("The recipe names no corpus; give --corpus FILE.");
        HookPoint point = HookPoint.Parse(hook);
        Corpus corpus = Corpus.Find(path);
        ITokenizer tokenizer = TokenizerFile.LoadFolder(folder);
        bool owns = model == null;
        model ??= LanguageModel.Load(folder, device);
        try
        {
            Check(recipe.Data, model.Description);
            return new HostText(model, owns, point, tokenizer, corpus, recipe.Data);
        }
        catch
        {
            if (owns) model.Dispose();
            throw;
        }
    }

    /// <summary>The vectors at the hook point from the corpus's start.</summary>
    public IVectorReader Open(bool repeat)
    {
        ContextOptions options = ContextOptions.For(_data, _endOfText, _tokenizer, repeat);
        ModelVectorOptions vectors = new(_data.ModelBatch, _data.Context, _endOfText, options.BeginningOfText, _corpus.Path);
        return new ModelVectorReader(_host, new ContextReader(_corpus, _tokenizer, options), _tokenizer, vectors);
    }

    public void Dispose() => _host.Dispose();

    private static void Check(DataSpec data, ModelDescription model)
    {
        if (data.Context < 1 || data.Context > model.ContextLength)
            throw new InputException($"data.context is {data.Context}; the {model.ModelType} model takes 1 to {model.ContextLength} tokens.");
        if (data.ModelBatch > MostRows / data.Context)
            throw new InputException($"data.model_batch is {data.ModelBatch} contexts of {data.Context} tokens; at most {MostRows} tokens go through a model at a time.");
    }
}

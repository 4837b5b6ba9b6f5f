using SaeSharp.Models.Files;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models;

/// <summary>A language model with hook points: runs batches of tokens, captures and edits what it computes on the way.</summary>
/// <remarks>Weights are read-only after loading; <see cref="Forward"/> may be called from several threads, each with a <see cref="ForwardPass"/> of its own.</remarks>
public abstract class LanguageModel : IDisposable
{
    /// <summary>Describes a model.</summary>
    protected LanguageModel(ModelDescription description, Device device)
    {
        Description = description;
        Device = device;
    }

    /// <summary>What the model is.</summary>
    public ModelDescription Description { get; }

    /// <summary>Where it runs.</summary>
    public Device Device { get; }

    /// <summary>Loads a model from its Hugging Face folder: <c>config.json</c> and <c>model.safetensors</c> or its shards.</summary>
    /// <exception cref="InputException">Something is missing, damaged, contradictory or not supported; the message says what.</exception>
    public static LanguageModel Load(string folder, Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        using ModelConfig config = ModelConfig.ReadFolder(folder);
        IModelFamily family = ModelFamilies.Find(config);
        using SafetensorsFolder weights = SafetensorsFolder.Open(folder);
        return family.Build(config, weights, device);
    }

    /// <summary>Reads what a model is, without its weights.</summary>
    /// <exception cref="InputException">The configuration is missing, wrong or of an unknown family.</exception>
    public static ModelDescription Describe(string folder)
    {
        using ModelConfig config = ModelConfig.ReadFolder(folder);
        return ModelFamilies.Find(config).Describe(config);
    }

    /// <summary>Runs a batch; what the pass asks for is there when this returns.</summary>
    /// <exception cref="InputException">An id is not in the vocabulary, the sequence is too long, or the model has no such hook point.</exception>
    /// <exception cref="ArgumentException">A target has another shape than the values; the cache belongs to other sequences or is full.</exception>
    public void Forward(TokenBatch tokens, ForwardPass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        foreach (int id in tokens.Ids)
        {
            if ((uint)id >= (uint)Description.VocabularySize)
            {
                throw new InputException($"Token id {id} is not in the vocabulary of the {Description.ModelType} model, which has {Description.VocabularySize} ids.");
            }
        }

        int before = pass.CacheInUse?.Length ?? 0;
        if (before + tokens.Length > Description.ContextLength)
        {
            throw new InputException(
                $"A sequence of {before + tokens.Length} tokens is too long: the {Description.ModelType} model takes at most {Description.ContextLength}.");
        }

        if (pass.CacheInUse is { } cache && (cache.Sequences != tokens.Sequences || cache.Length + tokens.Length > cache.Capacity))
        {
            throw new ArgumentException($"The cache holds {cache.Sequences} sequences of {cache.Length} of {cache.Capacity} tokens; it cannot take {tokens.Sequences} × {tokens.Length} more.");
        }

        pass.Begin(this, tokens);
        Run(tokens, pass);
        pass.CacheInUse?.Advance(tokens.Length);
    }

    /// <summary>The last product of the model.</summary>
    /// <param name="finalNorm">[rows, width]: values of <c>ln_final</c>.</param>
    /// <param name="logits">[rows, vocabulary]</param>
    /// <remarks>Lets a caller make logits in slices: all of a batch may not fit into memory.</remarks>
    public abstract void Unembed(MatrixView finalNorm, MatrixView logits);

    /// <summary>An empty cache for a batch.</summary>
    /// <param name="sequences">Sequences of the batch.</param>
    /// <param name="capacity">Most tokens a sequence.</param>
    public abstract ModelCache CreateCache(int sequences, int capacity);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs a batch that was checked: every value goes through <c>pass.Tap</c>, and the model stops when the pass is done.</summary>
    protected abstract void Run(TokenBatch tokens, ForwardPass pass);

    /// <summary>Gives memory back.</summary>
    protected abstract void Dispose(bool disposing);
}

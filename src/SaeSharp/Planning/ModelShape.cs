using System.Text.Json;
using SaeSharp.Models.Files;

namespace SaeSharp.Planning;

/// <summary>The sizes of a transformer that decide what a forward pass costs.</summary>
/// <param name="Name">Hub name or folder.</param>
/// <param name="Width">Width D of the residual stream.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="QueryWidth">Heads × head width.</param>
/// <param name="KeyWidth">Key heads × head width.</param>
/// <param name="MlpWidth">Hidden width of the MLP.</param>
/// <param name="MlpMatrices">2, or 3 when gated.</param>
/// <param name="Vocabulary">Tokens.</param>
/// <param name="TiedEmbedding">Whether embedding and unembedding are one matrix.</param>
public sealed record ModelShape(string Name, int Width, int Layers, int QueryWidth, int KeyWidth, int MlpWidth, int MlpMatrices, int Vocabulary, bool TiedEmbedding)
{
    /// <summary>Weights in matrices, embedding included.</summary>
    public double Parameters => (Layers * BlockParameters) + ((TiedEmbedding ? 1.0 : 2.0) * Vocabulary * Width);

    private double BlockParameters => ((double)Width * ((2 * QueryWidth) + (2 * KeyWidth))) + ((double)MlpMatrices * Width * MlpWidth);

    /// <summary>FLOP a token of a forward pass that stops after some blocks.</summary>
    /// <param name="blocks">Blocks that run.</param>
    /// <param name="context">Tokens a context; attention is counted at its mean length of half of it.</param>
    public double FlopPerToken(int blocks, int context) => blocks * ((2 * BlockParameters) + (2.0 * context * QueryWidth));

    /// <summary>Reads the sizes from a Hugging Face <c>config.json</c>.</summary>
    /// <exception cref="InputException">The file is missing or does not say.</exception>
    public static ModelShape Read(string folder)
    {
        string path = Path.Combine(folder, "config.json");
        using JsonDocument document = JsonFile.Read(path);
        JsonElement config = document.RootElement;
        if (config.ValueKind == JsonValueKind.Object && config.TryGetProperty("text_config", out JsonElement text)) config = text;
        int width = Number(config, path, null, "n_embd", "hidden_size", "d_model");
        int heads = Number(config, path, 1, "n_head", "num_attention_heads", "num_heads");
        int headWidth = Number(config, path, Math.Max(1, width / Math.Max(1, heads)), "head_dim");
        int keys = Number(config, path, heads, "num_key_value_heads");
        int mlp = Number(config, path, 4 * width, "n_inner", "intermediate_size", "d_inner");
        bool gated = config.TryGetProperty("hidden_act", out JsonElement act) && act.ValueKind == JsonValueKind.String && act.GetString() == "silu" || config.TryGetProperty("hidden_activation", out _);
        bool tied = !config.TryGetProperty("tie_word_embeddings", out JsonElement tie) || tie.ValueKind != JsonValueKind.False;
        return new ModelShape(folder, width, Number(config, path, null, "n_layer", "num_hidden_layers"), heads * headWidth, keys * headWidth, mlp, gated ? 3 : 2,
            Number(config, path, null, "vocab_size"), tied);
    }

    private static int Number(JsonElement config, string path, int? otherwise, params ReadOnlySpan<string> names)
    {
        if (config.ValueKind == JsonValueKind.Object)
        {
            foreach (string name in names)
            {
                if (!config.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null) continue;
                if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number is > 0 and < 1 << 24) return number;
                throw new InputException($"{path}: '{name}' is {value.GetRawText()}; expected a whole number from 1 to {(1 << 24) - 1}.");
            }
        }

        return otherwise ?? throw new InputException($"{path} has no '{names[0]}'; it is not the config.json of a language model that is known here.");
    }
}

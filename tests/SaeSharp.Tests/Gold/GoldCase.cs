using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Tests.Support;
using SaeSharp.Training;

namespace SaeSharp.Tests.Gold;

/// <summary>One gold case: numbers that the published code made, and our dictionary in the same starting state.</summary>
internal sealed class GoldCase : IDisposable
{
    private GoldCase(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Data", "gold", name.Replace('/', Path.DirectorySeparatorChar));
        Name = name;
        Manifest = new GoldManifest(path + ".json");
        Tensors = SafetensorsFile.Open(path + ".safetensors");
        Device = new CpuDevice();
        TensorInfo x = Tensors.Info("x");
        Batch = (int)x.Shape[^2];
        Width = (int)x.Shape[^1];
        Inputs = Device.Allocate((int)(x.Count / Width), Width);
        Tensors.ReadFloat32("x", Inputs.View);
        (Spec, Training) = GoldSpecs.Build(this);
        Dictionary = SparseDictionary.CreateEmpty(Spec, Width, Device);
        GoldTensors.LoadInitialState(this);
    }

    public string Name { get; }

    public GoldManifest Manifest { get; }

    public SafetensorsFile Tensors { get; }

    public CpuDevice Device { get; }

    public int Batch { get; }

    public int Width { get; }

    public DictionarySpec Spec { get; }

    public TrainingSpec Training { get; }

    public SparseDictionary Dictionary { get; }

    /// <summary>Whether the case is from SAELens or its PolySAE fork, rather than dictionary_learning.</summary>
    public bool IsSaeLens => !Name.Contains("/dl_", StringComparison.Ordinal);

    /// <summary>All batches, one below the other.</summary>
    private Matrix Inputs { get; }

    /// <summary>Every case of a folder that has training steps.</summary>
    public static TheoryData<string> Names(params string[] folders)
    {
        var names = new TheoryData<string>();
        foreach (string folder in folders)
        {
            string path = Path.Combine(AppContext.BaseDirectory, "Data", "gold", folder);
            foreach (string file in Directory.EnumerateFiles(path, "*.json").Order(StringComparer.Ordinal))
            {
                string name = Path.GetFileNameWithoutExtension(file);
                if (name != "utilities") names.Add($"{folder}/{name}");
            }
        }

        return names;
    }

    public static GoldCase Load(string name) => new(name);

    /// <summary>Batch number <paramref name="step"/>, [B, D].</summary>
    public MatrixView Input(int step) => Inputs.RowRange(step * Batch, Batch);

    /// <summary>Error allowed for a tensor.</summary>
    public double ToleranceOf(string key) => Manifest.Tolerance.TryGetValue(key, out double value) ? value : Manifest.Tolerance["default"];

    /// <summary>Error allowed for a tensor's change since the start.</summary>
    public double UpdateToleranceOf(string key) =>
        Manifest.UpdateTolerance.TryGetValue(key, out double value) ? value : Manifest.UpdateTolerance["default"];

    /// <summary>
    /// Norms that upstream has multiplied into scores and codes, where the case rescales by them; ours are the plain ones
    /// (multiplied before selection and divided out before decoding, they change nothing but the order).
    /// </summary>
    public double[]? SelectionNorms() => Spec.Sparsifier.RescaleByDecoderNorm ? Dense.Of(Dictionary.DecoderNorms()) : null;

    /// <summary>A training step whose counters stand as upstream's did.</summary>
    public TrainingStep StartTraining()
    {
        var step = new TrainingStep(Dictionary, Training, Manifest.Steps);
        if (Tensors.Contains("initial_passes_since_fired")) Tensors.ReadInt64("initial_passes_since_fired").CopyTo(step.SilentSteps, 0);
        if (Tensors.Contains("initial_tokens_since_fired")) Tensors.ReadInt64("initial_tokens_since_fired").CopyTo(step.SilentTokens, 0);
        return step;
    }

    public void Dispose()
    {
        Dictionary.Dispose();
        Inputs.Dispose();
        Tensors.Dispose();
        Device.Dispose();
    }
}

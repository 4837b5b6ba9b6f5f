using SaeSharp.Activations.Shards;
using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Inference;

/// <summary>Runs a dictionary over vectors in files and writes what it makes of them.</summary>
/// <remarks>
/// <para>The written file holds, for N vectors of width D and F latents:</para>
/// <para><c>codes.row_pointers</c> I64 [N + 1], <c>codes.column_indices</c> I32 [entries] (ascending within a row), <c>codes.values</c> F32 [entries]:
/// the codes in compressed-row form; <c>reconstruction</c> F32 [N, D]; on request <c>pre_activations</c> F32 [N, F], every score before selection, bias included;
/// a gated encoder has two: <c>pre_activations</c> of its magnitude path and <c>gate_pre_activations</c> of its gate. The metadata names latents, width and vectors.</para>
/// <para>Vectors are read and results are spilled to the disk batch by batch, so memory does not grow with N.</para>
/// </remarks>
public static class CodeFile
{
    /// <summary>Dense scores held at a time: 64 MB.</summary>
    private const int DenseFloats = 1 << 24;

    /// <summary>Encodes and decodes every vector.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="vectors">The vectors, [N, D].</param>
    /// <param name="path">Where to; whole or not at all.</param>
    /// <param name="options">What to write and how.</param>
    /// <param name="progress">Told the number of vectors done.</param>
    /// <param name="cancel">Stops between batches; nothing is left behind.</param>
    /// <returns>Number of vectors and of codes that are not zero.</returns>
    /// <exception cref="InputException">The widths differ, a vector is not finite, or the file cannot be written.</exception>
    public static CodeFileResult Write(
        SparseDictionary dictionary, VectorTable vectors, string path, CodeFileOptions options, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        if (vectors.Width != dictionary.Width)
            throw new InputException($"{vectors.Path} has vectors of width {vectors.Width}; dictionary '{dictionary.Spec.Name}' takes width {dictionary.Width}.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? throw new InputException($"{path} is not a file name.");
        using SpillFile<int> columns = new(folder);
        using SpillFile<float> values = new(folder);
        using SpillFile<float> reconstructions = new(folder);
        using SpillFile<float>? scores = options.PreActivations ? new(folder) : null;
        using SpillFile<float>? gates = options.PreActivations && dictionary.Spec.Encoder.Kind == EncoderKind.Gated ? new(folder) : null;
        List<long> rows = [0];

        int batch = (int)Math.Min(options.Batch, vectors.Count);
        Device device = dictionary.Device;
        using Matrix inputs = device.Allocate(batch, dictionary.Width);
        using Matrix outputs = device.Allocate(batch, dictionary.Width);
        using Matrix? scored = scores is null ? null : device.Allocate(Math.Clamp(DenseFloats / dictionary.Latents, 1, batch), dictionary.Latents);
        using CsrMatrix codes = device.AllocateCsr(batch, dictionary.Latents, batch * 64);
        for (long start = 0; start < vectors.Count; start += batch)
        {
            cancel.ThrowIfCancellationRequested();
            int count = (int)Math.Min(batch, vectors.Count - start);
            MatrixView x = inputs.RowRange(0, count), y = outputs.RowRange(0, count);
            vectors.Read(start, x);
            if (!device.AllFinite(x)) throw new InputException($"{vectors.Path} has numbers that are not finite in vectors {start} to {start + count - 1}.");
            if (options.TrainingRule) dictionary.EncodeAsInTraining(x, codes);
            else dictionary.Encode(x, codes);
            dictionary.Decode(codes, y);
            foreach (int end in codes.RowPointerSpan[1..]) rows.Add(columns.Count + end);
            columns.Append(codes.ColumnIndexSpan);
            values.Append(codes.ValueSpan);
            reconstructions.Append(y.AsSpan());
            for (int row = 0; scored is not null && row < count; row += scored.Rows)
            {
                int some = Math.Min(scored.Rows, count - row);
                MatrixView h = scored.RowRange(0, some);
                dictionary.Scores(x.RowRange(row, some), h);
                gates?.Append(h.AsSpan());
                if (gates is not null) ToMagnitudes(dictionary, h);
                scores!.Append(h.AsSpan());
            }

            progress?.Report(start + count);
        }

        SafetensorsWriter writer = new();
        writer.Metadata["latents"] = dictionary.Latents.ToString(System.Globalization.CultureInfo.InvariantCulture);
        writer.Metadata["width"] = dictionary.Width.ToString(System.Globalization.CultureInfo.InvariantCulture);
        writer.Metadata["vectors"] = vectors.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        writer.Add("codes.row_pointers", rows.ToArray(), rows.Count);
        writer.Add("codes.column_indices", TensorType.I32, [columns.Count], columns.CopyTo);
        writer.Add("codes.values", TensorType.F32, [values.Count], values.CopyTo);
        writer.Add("reconstruction", TensorType.F32, [vectors.Count, dictionary.Width], reconstructions.CopyTo);
        if (scores is not null) writer.Add("pre_activations", TensorType.F32, [vectors.Count, dictionary.Latents], scores.CopyTo);
        if (gates is not null) writer.Add("gate_pre_activations", TensorType.F32, [vectors.Count, dictionary.Latents], gates.CopyTo);
        writer.Save(path);
        return new CodeFileResult(vectors.Count, columns.Count);
    }

    /// <summary>Gate scores W s + b_gate become magnitude scores (W s) · exp(r_mag) + b_mag.</summary>
    private static void ToMagnitudes(SparseDictionary dictionary, MatrixView scores)
    {
        ReadOnlySpan<float> gate = dictionary["b_gate"].Value.AsSpan(), scale = dictionary["r_mag"].Value.AsSpan(), bias = dictionary["b_mag"].Value.AsSpan();
        for (int row = 0; row < scores.Rows; row++)
        {
            Span<float> h = scores.Row(row);
            for (int f = 0; f < h.Length; f++) h[f] = ((h[f] - gate[f]) * MathF.Exp(scale[f])) + bias[f];
        }
    }
}

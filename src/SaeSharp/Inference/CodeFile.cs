using SaeSharp.Activations.Shards;
using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Inference;

/// <summary>Runs a dictionary over vectors in files and writes what it makes of them.</summary>
/// <remarks>
/// <para>The written file holds, for N vectors of width D and F latents:</para>
/// <para><c>codes.row_pointers</c> I64 [N + 1], <c>codes.column_indices</c> I32 [entries] (ascending within a row), <c>codes.values</c> F32 [entries]:
/// the codes in compressed-row form; <c>reconstruction</c> F32 [N, D]; on request <c>pre_activations</c> F32 [N, F], every score before selection, bias included.
/// The metadata names latents, width and vectors.</para>
/// <para>Vectors are read and results are spilled to the disk batch by batch, so memory does not grow with N.</para>
/// </remarks>
public static class CodeFile
{
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
        List<long> rows = [0];

        int batch = (int)Math.Min(options.Batch, vectors.Count);
        Device device = dictionary.Device;
        using Matrix inputs = device.Allocate(batch, dictionary.Width);
        using Matrix outputs = device.Allocate(batch, dictionary.Width);
        using Matrix? scored = scores is null ? null : device.Allocate(batch, dictionary.Latents);
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
            if (scores is not null)
            {
                MatrixView h = scored!.RowRange(0, count);
                dictionary.Scores(x, h);
                for (int row = 0; row < count; row++) scores.Append(h.Row(row));
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
        writer.Save(path);
        return new CodeFileResult(vectors.Count, columns.Count);
    }
}

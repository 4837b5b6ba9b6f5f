using SaeSharp.Models.Files;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.States;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Running;

/// <summary>Runs a model on given token ids and writes logits and captured hook points: the door for people who bring their own ids.</summary>
public static class ModelRunner
{
    /// <summary>The name of the logits in the file.</summary>
    public const string LogitsName = "logits";

    private const int LogitRows = 256;

    /// <summary>
    /// Runs. Writes <c>logits</c>, [T, V] or [B, T, V] as the ids are, and each captured hook point, [T, …] or [B, T, …], under its
    /// full name (<c>blocks.2.hook_resid_post</c>, however it was asked for; a full name that was given is kept). With a file of edits the
    /// whole run has them in place, and the states that it asks for are written as <c>blocks.N.rec.states</c>, [positions, heads, d_k, d_v],
    /// or <c>blocks.N.rec.states.headH</c>, [positions, d_k, d_v], with [B] in front as the ids are.
    /// </summary>
    /// <exception cref="InputException">The ids, the model or a hook point's name are wrong, or the file cannot be written.</exception>
    public static ModelRunResult Run(ModelRunOptions options, Device device)
    {
        ModelDescription description = LanguageModel.Describe(options.Model);
        (int[] ids, int sequences, bool isBatch) = ReadIds(options, description);
        foreach (string name in options.Capture) description.Shape(HookPoint.Parse(name));
        using StateEditFile? edits = options.Edits is null ? null : StateEditFile.Read(options.Edits, device);
        CheckEdits(edits, description, options.Edits, sequences, ids.Length / sequences);
        using LanguageModel model = LanguageModel.Load(options.Model, device);
        Captured[] captured = [.. options.Capture.Select(name => Plan(model, name, sequences, ids.Length / sequences))];
        CapturedStates[] states = [.. (edits?.States ?? []).Select(request => Plan(model, request, sequences))];
        using Matrix finalNorm = device.Allocate(ids.Length, model.Description.Width);
        try
        {
            RunPasses(model, ids, sequences, options.TokensPerPass, captured, finalNorm, edits?.Edits ?? [], states);
            return Write(options.Out, model, finalNorm, captured, states, sequences, ids.Length / sequences, isBatch);
        }
        finally
        {
            foreach (Captured capture in captured) capture.Values.Dispose();
            foreach (CapturedStates state in states) state.Values.Dispose();
        }
    }

    private static (int[] Ids, int Sequences, bool IsBatch) ReadIds(ModelRunOptions options, ModelDescription description)
    {
        using SafetensorsFile file = SafetensorsFile.Open(options.Ids);
        TensorInfo info = file.Info(options.IdsName);
        if (info.Type.IsFloat()) throw new InputException($"Tensor '{info.Name}' in {file.Path} holds {info.Type.HeaderName()} values; expected integer token ids.");
        if (info.Shape.Count is not (1 or 2) || info.Count is 0 or > int.MaxValue)
        {
            throw new InputException($"Tensor '{info.Name}' in {file.Path} has shape {info.ShapeText}; expected [T] or [B, T] with at least one token.");
        }

        long[] values = file.ReadInt64(info.Name);
        int[] ids = new int[values.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = values[i] >= 0 && values[i] < description.VocabularySize
                ? (int)values[i]
                : throw new InputException(
                    $"Tensor '{info.Name}' in {file.Path} holds {values[i]} at position {i}; the model's token ids are 0 to {description.VocabularySize - 1}.");
        }

        bool isBatch = info.Shape.Count == 2;
        int length = (int)info.Shape[^1];
        if (length > description.ContextLength)
        {
            throw new InputException($"Tensor '{info.Name}' in {file.Path} has sequences of {length} tokens; the model takes at most {description.ContextLength}.");
        }

        return (ids, isBatch ? (int)info.Shape[0] : 1, isBatch);
    }

    private static Captured Plan(LanguageModel model, string name, int sequences, int length)
    {
        HookPointShape shape = model.Description.Shape(HookPoint.Parse(name));
        Matrix values = model.Device.Allocate(shape.Rows(sequences, length), shape.Columns(length));
        return new Captured(HookPoint.IsFullName(name) ? name : shape.Point.ToString(), shape, values);
    }

    /// <summary>Refuses edits that do not fit before the weights are read.</summary>
    private static void CheckEdits(StateEditFile? edits, ModelDescription description, string? path, int sequences, int length)
    {
        if (edits is null) return;
        foreach (StateEdit edit in edits.Edits)
        {
            edit.Check(description, sequences, length);
        }

        foreach (RequestedStates request in edits.States)
        {
            IReadOnlyList<int> state = description.Shape(new HookPoint(HookSite.RecurrentState, request.Layer)).TokenShape;
            if (request.Head >= state[0]) throw new InputException($"'states' in {path} names head {request.Head}; block {request.Layer} has heads 0 to {state[0] - 1}.");
            if (request.Positions.Any(position => position >= length)) throw new InputException($"'states' in {path} names a position beyond the {length} tokens of a sequence.");
        }

        if (edits.States.DistinctBy(request => request.Name).Count() < edits.States.Count) throw new InputException($"'states' in {path} asks for the same layer and head twice; put all positions into one entry.");
    }

    private static CapturedStates Plan(LanguageModel model, RequestedStates request, int sequences)
    {
        IReadOnlyList<int> state = model.Description.Shape(new HookPoint(HookSite.RecurrentState, request.Layer)).TokenShape;
        long[] shape = request.Head is null ? [request.Positions.Count, state[0], state[1], state[2]] : [request.Positions.Count, state[1], state[2]];
        return new CapturedStates(request, shape, model.Device.Allocate(checked(sequences * request.Positions.Count), checked((int)shape.Skip(1).Aggregate(1L, (product, size) => product * size))));
    }

    private static void RunPasses(
        LanguageModel model, int[] ids, int sequences, int tokensPerPass, Captured[] captured, Matrix finalNorm,
        IReadOnlyList<StateEdit> edits, CapturedStates[] states)
    {
        int length = ids.Length / sequences, perPass = Math.Max(1, tokensPerPass / length);
        ForwardPass pass = new();
        for (int first = 0; first < sequences; first += perPass)
        {
            int count = Math.Min(perPass, sequences - first);
            pass.Clear().Capture(HookPoint.FinalNorm, finalNorm.RowRange(first * length, count * length));
            foreach (Captured capture in captured)
            {
                pass.Capture(capture.Shape.Point, capture.Values.RowRange(capture.Shape.Rows(first, length), capture.Shape.Rows(count, length)));
            }

            foreach (CapturedStates state in states)
            {
                int positions = state.Request.Positions.Count;
                pass.CaptureStates(state.Request.Layer, [.. state.Request.Positions], state.Values.RowRange(first * positions, count * positions), state.Request.Head);
            }

            // An edit of one sequence belongs to the pass that runs it, under the number that it has there.
            foreach (StateEdit edit in edits)
            {
                if (edit.Sequence is not { } sequence) pass.EditState(edit);
                else if (sequence >= first && sequence < first + count) pass.EditState(edit with { Sequence = sequence - first });
            }

            model.Forward(new TokenBatch(ids.AsSpan(first * length, count * length), count), pass);
        }
    }

    private static ModelRunResult Write(
        string path, LanguageModel model, Matrix finalNorm, Captured[] captured, CapturedStates[] states, int sequences, int length, bool isBatch)
    {
        SafetensorsWriter writer = new();
        List<(string, IReadOnlyList<long>)> tensors = [];
        long[] logitShape = Shape([length, model.Description.VocabularySize]);
        writer.Add(LogitsName, TensorType.F32, logitShape, stream => WriteLogits(model, finalNorm, stream));
        tensors.Add((LogitsName, logitShape));
        foreach (Captured capture in captured.DistinctBy(capture => capture.Name))
        {
            long[] shape = Shape(capture.Shape.SequenceShape(length));
            writer.Add(capture.Name, capture.Values, TensorType.F32, shape);
            tensors.Add((capture.Name, shape));
        }

        foreach (CapturedStates state in states)
        {
            long[] shape = Shape(state.Shape);
            writer.Add(state.Request.Name, state.Values, TensorType.F32, shape);
            tensors.Add((state.Request.Name, shape));
        }

        writer.Save(path);
        return new ModelRunResult(sequences, length, tensors);

        long[] Shape(long[] ofSequence) => isBatch ? [sequences, .. ofSequence] : ofSequence;
    }

    /// <summary>Logits are made a slice at a time while the file is written: all of them may not fit into memory.</summary>
    private static void WriteLogits(LanguageModel model, Matrix finalNorm, TensorStream stream)
    {
        using Matrix logits = model.Device.Allocate(Math.Min(LogitRows, finalNorm.Rows), model.Description.VocabularySize);
        for (int start = 0; start < finalNorm.Rows; start += logits.Rows)
        {
            MatrixView slice = logits.RowRange(0, Math.Min(logits.Rows, finalNorm.Rows - start));
            model.Unembed(finalNorm.RowRange(start, slice.Rows), slice);
            for (int row = 0; row < slice.Rows; row++) stream.Write(slice.Row(row));
        }
    }

    private sealed record Captured(string Name, HookPointShape Shape, Matrix Values);

    private sealed record CapturedStates(RequestedStates Request, long[] Shape, Matrix Values);
}

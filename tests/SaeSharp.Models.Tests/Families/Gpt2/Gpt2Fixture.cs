using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Tests.Families.Gpt2;

/// <summary>The small float32 gold model, and batches for it.</summary>
public sealed class Gpt2Fixture : IDisposable
{
    public static string Folder => TestData.At("gpt2", "base-f32");

    internal LanguageModel Model { get; } = LanguageModel.Load(Folder, Devices.Shared);

    internal static int[] Ids(int count, int seed = 1)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(257))];
    }

    internal static float[] Capture(LanguageModel model, int[] ids, int sequences, HookPoint point, params (HookPoint Point, IEdit Edit)[] edits)
    {
        HookPointShape shape = model.Description.Shape(point);
        using Matrix target = model.Device.Allocate(shape.Rows(sequences, ids.Length / sequences), shape.Columns(ids.Length / sequences));
        ForwardPass pass = new ForwardPass().Capture(point, target);
        foreach ((HookPoint edited, IEdit edit) in edits) pass.Edit(edited, edit);
        model.Forward(new TokenBatch(ids, sequences), pass);
        return target.AsSpan().ToArray();
    }

    internal static float[] Logits(LanguageModel model, int[] ids, int sequences, params (HookPoint Point, IEdit Edit)[] edits)
    {
        using Matrix target = model.Device.Allocate(ids.Length, model.Description.VocabularySize);
        ForwardPass pass = new ForwardPass().Logits(target);
        foreach ((HookPoint edited, IEdit edit) in edits) pass.Edit(edited, edit);
        model.Forward(new TokenBatch(ids, sequences), pass);
        return target.AsSpan().ToArray();
    }

    public void Dispose() => Model.Dispose();

    /// <summary>An edit from a delegate.</summary>
    internal sealed class Change(Action<EditContext, MatrixView> apply) : IEdit
    {
        public void Apply(in EditContext context, MatrixView activations) => apply(context, activations);
    }
}

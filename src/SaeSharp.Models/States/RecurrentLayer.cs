using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;

namespace SaeSharp.Models.States;

/// <summary>Runs the recurrence of a layer, in pieces that end where somebody edits or wants a state, and hands out its factors.</summary>
/// <remarks>
/// An edit needs no recurrence of its own: after the piece that ends with its token the state is changed in place, and where the
/// token is to see it, its read-out is made again.
/// </remarks>
internal static class RecurrentLayer
{
    /// <summary>Runs.</summary>
    public static void Run(Device device, int layer, in TokenBatch tokens, ForwardPass pass, in RecurrentOperands x)
    {
        pass.Tap(new HookPoint(HookSite.RecurrentValue, layer), x.Values);
        MatrixView everyState = pass.TargetOf(new HookPoint(HookSite.RecurrentState, layer));
        int start = 0;
        while (start < tokens.Length)
        {
            int end = everyState.Length > 0 ? start + 1 : NextStop(pass, layer, start, tokens.Length);
            RecurrenceShape shape = new(tokens.Sequences, tokens.Length, start, end - start, x.Heads) { KeyHeads = x.KeyHeads };
            Step(device, shape, x);
            int token = end - 1, position = pass.FirstPosition + token;
            if (Edit(device, layer, pass, x, tokens, token, StateEditTime.BeforeRead))
                device.ReadStates(shape with { Start = token, Count = 1 }, x.Queries, x.States, x.Outputs);
            Edit(device, layer, pass, x, tokens, token, StateEditTime.AfterRead);
            if (everyState.Length > 0) CopyStates(device, x.States, tokens, token, everyState);
            foreach (StateCapture capture in pass.StateCaptures)
            {
                if (capture.Layer == layer) capture.Copy(device, x.States, tokens.Sequences, position);
            }

            start = end;
        }

        foreach (StateCapture capture in pass.StateCaptures)
        {
            if (capture.Layer == layer) pass.CountCapturedStates();
        }

        Report(device, layer, pass, x);
        pass.Tap(new HookPoint(HookSite.RecurrentRead, layer), x.Outputs);
    }

    /// <summary>The hook points of a recurrent layer in the order in which they are passed.</summary>
    public static IEnumerable<HookPointShape> HookPoints(int layer, RecurrentRule rule, in RecurrentLayerShape shape)
    {
        int heads = shape.Heads, keys = shape.KeyWidth, values = shape.ValueWidth;
        bool isGeneralized = rule == RecurrentRule.Generalized;
        List<HookPointShape> points = [];
        Add(HookSite.RecurrentValue, heads, values);
        Add(HookSite.RecurrentState, heads, keys, values);
        Add(HookSite.RecurrentQuery, heads, keys);
        Add(HookSite.RecurrentKey, heads, keys);
        if (!isGeneralized) Add(HookSite.RecurrentStrength, heads);
        if (isGeneralized) Add(HookSite.RecurrentDecay, heads, keys);
        else Add(HookSite.RecurrentDecay, heads);
        if (rule == RecurrentRule.Delta) Add(HookSite.RecurrentDelta, heads, values);
        if (isGeneralized)
        {
            Add(HookSite.RecurrentEraseKey, heads, keys);
            Add(HookSite.RecurrentEraseRate, heads, keys);
            Add(HookSite.RecurrentEraseValue, heads, values);
        }

        Add(HookSite.RecurrentWrite, heads, keys, values);
        Add(HookSite.RecurrentRead, heads, values);
        return points;

        void Add(HookSite site, params int[] tokenShape) => points.Add(new HookPointShape(new HookPoint(site, layer), tokenShape));
    }

    /// <summary>One past the next token behind which somebody edits or wants a state.</summary>
    private static int NextStop(ForwardPass pass, int layer, int start, int length)
    {
        int stop = length;
        foreach (StateEdit edit in pass.StateEdits)
        {
            if (edit.Layer == layer) stop = Earlier(stop, edit.Position - pass.FirstPosition);
        }

        foreach (StateCapture capture in pass.StateCaptures)
        {
            if (capture.Layer != layer) continue;
            foreach (int position in capture.Positions) stop = Earlier(stop, position - pass.FirstPosition);
        }

        return stop;

        int Earlier(int current, int token) => token >= start && token + 1 < current ? token + 1 : current;
    }

    private static void Step(Device device, in RecurrenceShape shape, in RecurrentOperands x)
    {
        switch (x.Rule)
        {
            case RecurrentRule.Delta:
                device.DeltaRule(shape, x.Queries, x.Keys, x.Values, x.Decays, x.Strengths, x.States, x.Deltas, x.Outputs);
                break;
            case RecurrentRule.Additive:
                device.AdditiveRule(shape, x.Queries, x.Keys, x.Values, x.Decays, x.Strengths, x.States, x.Outputs);
                break;
            default:
                device.GeneralizedDeltaRule(shape, x.Queries, x.Keys, x.Values, x.Decays, x.EraseKeys, x.EraseWrites, x.States, x.EraseValues, x.Outputs);
                break;
        }
    }

    /// <summary>Applies the edits of a token and a time.</summary>
    /// <returns>Whether there were any.</returns>
    private static bool Edit(Device device, int layer, ForwardPass pass, in RecurrentOperands x, in TokenBatch tokens, int token, StateEditTime time)
    {
        bool any = false;
        foreach (StateEdit edit in pass.StateEdits)
        {
            if (edit.Layer != layer || edit.Time != time || edit.Position != pass.FirstPosition + token) continue;
            any = true;
            int first = edit.Sequence ?? 0, last = edit.Sequence ?? tokens.Sequences - 1;
            for (int sequence = first; sequence <= last; sequence++) Apply(device, edit, x, sequence, sequence * tokens.Length + token);
        }

        return any;
    }

    private static void Apply(Device device, StateEdit edit, in RecurrentOperands x, int sequence, int row)
    {
        int keyWidth = x.Keys.Columns / x.KeyHeads, valueWidth = x.Values.Columns / x.Heads;
        int key = edit.Head / (x.Heads / x.KeyHeads) * keyWidth, value = edit.Head * valueWidth;
        MatrixView state = x.States.RowRange(sequence * x.Heads + edit.Head, 1).Reshape(keyWidth, valueWidth);
        if (edit.DeletesFull && x.Rule == RecurrentRule.Delta)
        {
            AddProduct(-1f, x.Keys, x.Deltas);
        }
        else if (edit.DeletesFull || edit.DeletesAdditive)
        {
            AddProduct(x.Strengths.Length > 0 ? -x.Strengths[row, edit.Head] : -1f, x.Keys, x.Values);
            if (edit.DeletesFull && x.Rule == RecurrentRule.Generalized) AddProduct(1f, x.EraseWrites, x.EraseValues);
        }

        if (edit.Adds) device.Gemm(GemmShape.TN, edit.Keys, edit.Values, state, edit.Scale, 1f);

        void AddProduct(float scale, MatrixView keys, MatrixView values) =>
            device.Gemm(GemmShape.TN, keys.RowRange(row, 1).ColumnRange(key, keyWidth), values.RowRange(row, 1).ColumnRange(value, valueWidth), state, scale, 1f);
    }

    /// <summary>Copies the states after a token to its rows of [B·T, heads · d_k · d_v].</summary>
    private static unsafe void CopyStates(Device device, MatrixView states, in TokenBatch tokens, int token, MatrixView target) => device.Copy(
        states.Reshape(tokens.Sequences, target.Columns),
        new MatrixView(target.RowPointer(token), tokens.Sequences, target.Columns, tokens.Length * target.Stride));

    /// <summary>Writes what is captured of the factors.</summary>
    private static void Report(Device device, int layer, ForwardPass pass, in RecurrentOperands x)
    {
        if (pass.Wants(new HookPoint(HookSite.RecurrentState, layer))) pass.Written(new HookPoint(HookSite.RecurrentState, layer));
        Heads(HookSite.RecurrentQuery, x.Queries, x.KeyHeads);
        Heads(HookSite.RecurrentKey, x.Keys, x.KeyHeads);
        Heads(HookSite.RecurrentStrength, x.Strengths, x.Heads);
        Heads(HookSite.RecurrentDelta, x.Deltas, x.Heads);
        Heads(HookSite.RecurrentEraseKey, x.EraseKeys, x.Heads);
        Heads(HookSite.RecurrentEraseRate, x.EraseRates, x.Heads);
        Heads(HookSite.RecurrentEraseValue, x.EraseValues, x.Heads);
        HookPoint decay = new(HookSite.RecurrentDecay, layer), write = new(HookSite.RecurrentWrite, layer);
        if (pass.Wants(decay))
        {
            device.Activate(x.Rule == RecurrentRule.Generalized ? Activation.Identity : Activation.Exponential, x.Decays, default, pass.TargetOf(decay));
            pass.Written(decay);
        }

        if (!pass.Wants(write)) return;
        device.OuterProducts(x.Keys, x.Values, x.Strengths, x.Heads, x.KeyHeads, pass.TargetOf(write));
        pass.Written(write);

        void Heads(HookSite site, MatrixView values, int heads)
        {
            HookPoint point = new(site, layer);
            if (!pass.Wants(point)) return;
            device.RepeatHeads(values, heads, pass.TargetOf(point));
            pass.Written(point);
        }
    }
}

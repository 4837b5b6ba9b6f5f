using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;

namespace SaeSharp.Models.States;

/// <summary>States of a layer that a pass copies.</summary>
internal sealed record StateCapture(int Layer, int[] Positions, MatrixView Target, int? Head)
{
    /// <summary>Checks the capture against a model and a batch.</summary>
    public void Check(ModelDescription model, int sequences)
    {
        IReadOnlyList<int> state = model.Shape(new HookPoint(HookSite.RecurrentState, Layer)).TokenShape;
        if (Head is { } head && (head < 0 || head >= state[0])) throw new InputException($"A capture of states names head {head}; block {Layer} has heads 0 to {state[0] - 1}.");
        int columns = state[1] * state[2] * (Head is null ? state[0] : 1);
        if (Target.Rows != sequences * Positions.Length || Target.Columns != columns)
            throw new ArgumentException($"The target of the states of block {Layer} is {Target}; expected [{sequences * Positions.Length} × {columns}].");
    }

    /// <summary>Copies the states after a token where it is one of the positions.</summary>
    /// <param name="device">Where the numbers are.</param>
    /// <param name="states">[sequences · heads, d_k · d_v]</param>
    /// <param name="sequences">Sequences of the batch.</param>
    /// <param name="position">The token.</param>
    public unsafe void Copy(Device device, MatrixView states, int sequences, int position)
    {
        int heads = states.Rows / sequences;
        MatrixView source = Head is { } head
            ? new MatrixView(states.RowPointer(head), sequences, states.Columns, heads * states.Stride)
            : states.Reshape(sequences, heads * states.Columns);
        for (int i = 0; i < Positions.Length; i++)
        {
            if (Positions[i] != position) continue;
            device.Copy(source, new MatrixView(Target.RowPointer(i), sequences, Target.Columns, Positions.Length * Target.Stride));
        }
    }
}

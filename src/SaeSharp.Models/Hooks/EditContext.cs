using SaeSharp.Numerics;

namespace SaeSharp.Models.Hooks;

/// <summary>What an <see cref="IEdit"/> may want to know.</summary>
/// <param name="Point">The hook point.</param>
/// <param name="Device">Where the numbers are.</param>
/// <param name="Sequences">Sequences of the batch.</param>
/// <param name="Length">Tokens a sequence in this pass.</param>
/// <param name="FirstPosition">Position of the first of them: 0, or how many tokens the cache already held.</param>
public readonly record struct EditContext(HookPoint Point, Device Device, int Sequences, int Length, int FirstPosition);

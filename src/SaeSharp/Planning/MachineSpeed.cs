namespace SaeSharp.Planning;

/// <summary>How fast a machine computes and moves numbers.</summary>
/// <param name="FlopPerSecond">Float32 multiply-adds at their peak, each counted as two operations.</param>
/// <param name="BytesPerSecond">Memory copy: bytes read plus bytes written.</param>
public readonly record struct MachineSpeed(double FlopPerSecond, double BytesPerSecond);

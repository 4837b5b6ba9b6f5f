namespace SaeSharp.Models.Hub;

/// <summary>How far getting a model is.</summary>
/// <param name="File">The file that is fetched now.</param>
/// <param name="FileBytes">How many of its bytes are here.</param>
/// <param name="FileSize">How many it has.</param>
/// <param name="Bytes">How many bytes of all missing files are here.</param>
/// <param name="Size">How many they have; those of which the size is not known yet are not in it.</param>
/// <param name="Note">What a person should know, e.g. that a connection was lost; else null.</param>
public readonly record struct HubProgress(string File, long FileBytes, long FileSize, long Bytes, long Size, string? Note = null);

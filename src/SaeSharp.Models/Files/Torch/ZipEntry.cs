namespace SaeSharp.Models.Files.Torch;

/// <summary>An uncompressed file in an archive.</summary>
/// <param name="Offset">Where its bytes begin in the archive.</param>
/// <param name="Length">How many there are; they lie in the archive.</param>
internal readonly record struct ZipEntry(long Offset, long Length);

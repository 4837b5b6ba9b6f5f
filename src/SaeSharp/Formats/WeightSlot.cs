using SaeSharp.Models.Files;

namespace SaeSharp.Formats;

/// <summary>A tensor of a weights file and what it has to do with the dictionary's own tensors.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Its shape in the file.</param>
/// <param name="Content">How it is made.</param>
/// <param name="Parameter">The dictionary's tensor, where there is one.</param>
/// <param name="FirstColumn">For <see cref="SlotContent.Columns"/>: where the columns begin.</param>
internal sealed record WeightSlot(string Name, long[] Shape, SlotContent Content, string Parameter = "", int FirstColumn = 0)
{
    /// <summary>Whether it tells anything that a reader needs.</summary>
    public bool IsUsed => Content is not (SlotContent.Zeros or SlotContent.Directions or SlotContent.Ignored);

    /// <summary>Whether a file may lack it: placeholders, and a threshold that training has not estimated yet.</summary>
    public bool IsOptional => !IsUsed || Content == SlotContent.ThresholdScalar;

    /// <summary>What the layout stores it as.</summary>
    public TensorType Type => Content == SlotContent.ThresholdScalar ? TensorType.F64 : TensorType.F32;

    /// <summary>Whether a stored tensor has the slot's shape; a scalar may be stored as one number, [1].</summary>
    public bool Fits(TensorInfo info) => info.HasShape(Shape) || (Shape.Length == 0 && info.HasShape(1));

    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}

/// <summary>How a stored tensor is made from a dictionary's.</summary>
internal enum SlotContent
{
    /// <summary>The same numbers in the same order.</summary>
    Copy,

    /// <summary>Transposed: [F, D] in memory, [D, F] in the file.</summary>
    Transpose,

    /// <summary>Some columns of a wider matrix.</summary>
    Columns,

    /// <summary>exp of the numbers in memory.</summary>
    Exponential,

    /// <summary>BatchTopK's one threshold, copied to every latent.</summary>
    CommonThreshold,

    /// <summary>BatchTopK's threshold as one double.</summary>
    ThresholdScalar,

    /// <summary>A placeholder of zeros.</summary>
    Zeros,

    /// <summary>Something that the description says as well.</summary>
    Ignored,

    /// <summary>A placeholder that other tools read as the decoder: unit linear directions.</summary>
    Directions,
}

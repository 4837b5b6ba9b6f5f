using SaeSharp.Dictionaries;
using SaeSharp.Evaluation.Data;

namespace SaeSharp.Evaluation;

/// <summary>What evaluators work with.</summary>
/// <remarks>Dictionaries take vectors as the model gives them: a scale that training used is folded into their weights.</remarks>
public sealed class EvaluationContext
{
    /// <summary>Puts data and dictionaries together.</summary>
    /// <param name="dictionaries">What is measured; names must differ.</param>
    /// <param name="vectors">The evaluation set.</param>
    /// <param name="text">The text that the vectors come from, for evaluators that need the host model; null if there is none.</param>
    /// <exception cref="InputException">A dictionary has another width than the vectors.</exception>
    public EvaluationContext(IReadOnlyList<SparseDictionary> dictionaries, IVectorBatches vectors, HeldOutText? text = null)
    {
        foreach (SparseDictionary dictionary in dictionaries)
        {
            if (dictionary.Width != vectors.Width)
                throw new InputException($"dictionary '{dictionary.Spec.Name}' takes vectors of width {dictionary.Width}; the evaluation set has width {vectors.Width}.");
        }

        (Dictionaries, Vectors, Text) = (dictionaries, vectors, text);
    }

    /// <summary>What is measured.</summary>
    public IReadOnlyList<SparseDictionary> Dictionaries { get; }

    /// <summary>The evaluation set.</summary>
    public IVectorBatches Vectors { get; }

    /// <summary>The text with its host model; null when only vectors are given.</summary>
    public HeldOutText? Text { get; }
}

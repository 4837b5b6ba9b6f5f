namespace SaeSharp.Training;

/// <summary>A run had to stop: a number stopped being finite. The message names the step, the tensor and the last good checkpoint.</summary>
public sealed class TrainingFailedException : Exception
{
    /// <summary>An error without words; prefer the others.</summary>
    public TrainingFailedException()
    {
    }

    /// <summary>An error in one sentence.</summary>
    public TrainingFailedException(string message)
        : base(message)
    {
    }

    /// <summary>An error in one sentence and what lies behind it.</summary>
    public TrainingFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

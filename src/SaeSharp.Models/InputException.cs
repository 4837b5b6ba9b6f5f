namespace SaeSharp;

/// <summary>Something that a person gave us is wrong: a file, a key, a flag or a value.</summary>
/// <remarks>
/// The message is one clear sentence that names the file, key or flag, what was found and what was expected.
/// The command line prints it without a stack trace and exits with code 2.
/// </remarks>
public sealed class InputException : Exception
{
    /// <summary>An error without words; prefer the others.</summary>
    public InputException()
    {
    }

    /// <summary>An error in one sentence.</summary>
    public InputException(string message)
        : base(message)
    {
    }

    /// <summary>An error in one sentence and what lies behind it.</summary>
    public InputException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

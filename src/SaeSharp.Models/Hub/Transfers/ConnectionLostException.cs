namespace SaeSharp.Models.Hub.Transfers;

/// <summary>Something went wrong on the way that may go right the next time.</summary>
internal sealed class ConnectionLostException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long the server asks to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

namespace SaeSharp.Models.States;

/// <summary>When a state is edited.</summary>
public enum StateEditTime
{
    /// <summary>After the token has read the state: the next token is the first to see it.</summary>
    AfterRead,

    /// <summary>After the token has been written and before it reads: the token itself sees it.</summary>
    BeforeRead,
}

namespace SaeSharp.Models.Tokenizers.AddedTokens;

/// <summary>A token that is found in the text before anything else happens to it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">What it looks like in text.</param>
/// <param name="Special">Whether it marks something rather than being text.</param>
/// <param name="Normalized">Whether it is looked for in the normalised text rather than in the raw one.</param>
/// <param name="SingleWord">Whether it counts only where no letter, digit or underscore touches it.</param>
/// <param name="StripLeft">Whether blanks before it belong to it.</param>
/// <param name="StripRight">Whether blanks after it belong to it.</param>
internal sealed record AddedToken(int Id, string Text, bool Special, bool Normalized, bool SingleWord, bool StripLeft, bool StripRight);

using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SaeSharp.Models.Tokenizers;

namespace SaeSharp.Models.Tests.Tokenizers;

/// <summary>Arbitrary Unicode for property tests.</summary>
internal static class Texts
{
    /// <summary>Text of all planes, with more blanks, quotes and digits than chance would give.</summary>
    public static Gen<string> Any { get; } = Gen.OneOf(
        Gen.Choose(0, 0x7F), Gen.Choose(0x80, 0x7FF), Gen.Choose(0x800, 0xFFFF), Gen.Choose(0x10000, 0x10FFFF),
        Gen.Elements(0x20, 0x20, 0x27, 0x73, 0x0A, 0x0D, 0x31, 0x2581, 0xFFFD, 0x301))
        .Select(code => Rune.IsValid(code) ? new Rune(code).ToString() : "'s")
        .ListOf().Select(characters => string.Concat(characters));

    /// <summary>Every text decodes to what it should.</summary>
    public static void CheckRoundTrip(ITokenizer tokenizer, Func<string, string> whatDecodes) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1500).WithEndSize(200),
        Prop.ForAll(Any.ToArbitrary(), text => tokenizer.Decode(tokenizer.Encode(text)) == whatDecodes(text)));
}

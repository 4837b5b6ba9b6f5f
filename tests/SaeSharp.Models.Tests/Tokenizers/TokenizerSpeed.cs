using System.Diagnostics;
using System.Text;
using SaeSharp.Models.Tokenizers;
using Xunit.Abstractions;

namespace SaeSharp.Models.Tests.Tokenizers;

/// <summary>Times encoding on one thread. The bound is a tenth of what the slowest kind does or less, so a busy machine meets it too.</summary>
internal static class TokenizerSpeed
{
    private const double Least = 2e6;

    public static void RequireTwoMegabytesASecond(ITokenizer tokenizer, ITestOutputHelper output)
    {
        foreach ((string name, string text) in (ReadOnlySpan<(string, string)>)[("English", English()), ("mixed", Mixed())])
        {
            List<int> ids = new(text.Length);
            double best = 0;
            for (int round = 0; round < 3; round++)
            {
                ids.Clear();
                Stopwatch watch = Stopwatch.StartNew();
                tokenizer.Encode(text, ids);
                best = Math.Max(best, Encoding.UTF8.GetByteCount(text) / watch.Elapsed.TotalSeconds);
            }

            output.WriteLine($"{name}: {best / 1e6:0.0} MB/s");
            Assert.True(best >= Least, $"{name}: {best / 1e6:0.00} MB/s");
        }
    }

    /// <summary>A megabyte of sentences from a vocabulary whose words are as unevenly used as those of a language.</summary>
    private static string English()
    {
        Random random = new(11);
        string[] syllables = ["the", "re", "ing", "er", "an", "con", "ti", "al", "ble", "ment", "so", "pre", "ty", "ow", "ch", "ea", "st", "le"];
        string[] words = [.. Enumerable.Range(0, 20_000).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => syllables[random.Next(syllables.Length)])))];
        StringBuilder text = new();
        while (text.Length < 1_000_000)
        {
            text.Append(words[(int)(words.Length * Math.Pow(random.NextDouble(), 6))]);
            text.Append(random.Next(12) switch { 0 => ", ", 1 => ".\n", 2 => "'s ", _ => " " });
        }

        return text.ToString();
    }

    /// <summary>Code, numbers and other scripts: few words come twice.</summary>
    private static string Mixed()
    {
        Random random = new(12);
        StringBuilder text = new();
        while (text.Length < 500_000)
        {
            switch (random.Next(6))
            {
                case 0: text.Append(random.Next()).Append(' '); break;
                case 1: text.Append("    if (x").Append(random.Next(1000)).Append(" != null) { return ").Append(random.Next(100)).Append("; }\n"); break;
                case 2: for (int i = random.Next(40); i >= 0; i--) text.Append((char)random.Next(0x4E00, 0x9FA5)); break;
                case 3: for (int i = random.Next(8); i >= 0; i--) text.Append((char)random.Next(0x0430, 0x0450)); text.Append(' '); break;
                case 4: text.Append(new Rune(random.Next(0x1F600, 0x1F640))); break;
                default: for (int i = random.Next(8); i >= 0; i--) text.Append((char)random.Next(0x0905, 0x0939)).Append('\u093E'); text.Append(' '); break;
            }
        }

        return text.ToString();
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using SaeSharp.Cli.Framework;
using SaeSharp.Cli.Terminals;
using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using Spectre.Console;

namespace SaeSharp.Cli.Verbs.Bench;

/// <summary><c>saesharp bench table</c>: the figures of bench/README.md, measured anew.</summary>
internal sealed class BenchTableVerb : Verb
{
    private const int Width = 768;
    private const int Latents = 16384;
    private const int Batch = 4096;

    internal BenchTableVerb(VerbHost host)
        : base(host, "table", "Measure the machine, the products of a step and whole steps at the published GPT-2 size, and print one table.")
    {
    }

    internal override IReadOnlyList<string> Examples => ["saesharp bench table", "saesharp bench table --json"];

    protected override int Run(ParseResult parsed)
    {
        using CpuDevice device = Host.OpenDevice(parsed);
        MachinePeak peak = MachinePeak.Measure(device.Threads);
        Terminal.Line($"{device.Name}: {peak.Gflops:0.0} GFLOP/s FMA peak, {peak.CopyGigabytesPerSecond:0.0} GB/s copy");
        Table table = new();
        table.AddColumns("what", "time", "rate", "of the limit");
        for (int i = 1; i < 4; i++) table.Columns[i].RightAligned();
        JsonArray rows = [];
        void Add(string what, double seconds, string rate, double fraction)
        {
            table.AddRow(Markup.Escape(what), Numbers.Duration(seconds), rate, Numbers.Share(fraction));
            rows.Add(new JsonObject { ["what"] = what, ["seconds"] = seconds, ["fraction"] = fraction });
            Terminal.Note($"{what}: {Numbers.Duration(seconds)}, {rate}");
        }

        foreach ((string what, GemmShape shape, int m, int k, int n) in (ReadOnlySpan<(string, GemmShape, int, int, int)>)
                 [
                     ("GEMM NT, scores of a batch (4096 × 768 × 16384)", GemmShape.NT, Batch, Width, Latents),
                     ("GEMM NN, output maps (4096 × 768 × 768)", GemmShape.NN, Batch, Width, Width),
                     ("GEMM TN, gradient of output maps (768 × 4096 × 768)", GemmShape.TN, Width, Batch, Width),
                 ])
        {
            Cancellation.ThrowIfCancellationRequested();
            double seconds = GemmBenchmark.Run(device, shape, m, k, n, 5);
            double flop = 2.0 * m * k * n;
            Add(what, seconds, Numbers.Metric(flop / seconds, "FLOP/s"), peak.Fraction(flop, seconds));
        }

        foreach ((string what, DictionarySpec spec) in Specs())
        {
            Cancellation.ThrowIfCancellationRequested();
            StepMeasurement measured = StepMeasurement.Run(spec, Width, Batch, 5, device);
            Add($"step, {what}", measured.Timing.Median, $"{Numbers.Count((long)(Batch / measured.Timing.Median))} tokens/s", measured.FloorFraction);
        }

        Terminal.Write(table);
        Terminal.WriteJson(new JsonObject
        {
            ["device"] = device.Name,
            ["peak_gflops"] = peak.Gflops,
            ["copy_gigabytes_per_second"] = peak.CopyGigabytesPerSecond,
            ["rows"] = rows,
        });
        return Application.Succeeded;
    }

    private static IEnumerable<(string What, DictionarySpec Spec)> Specs()
    {
        DecoderSpec polynomial = new() { Kind = DecoderKind.Polynomial, Ranks = [Width, 64, 64] };
        foreach (SparsifierKind kind in (SparsifierKind[])[SparsifierKind.TopK, SparsifierKind.BatchTopK])
        {
            string name = kind == SparsifierKind.TopK ? "TopK" : "BatchTopK";
            DictionarySpec spec = new() { Latents = Latents, Sparsifier = new SparsifierSpec { Kind = kind, K = 64 } };
            yield return ($"linear {name}", spec);
            yield return ($"PolySAE {name} (768, 64, 64)", spec with { Decoder = polynomial });
        }
    }
}

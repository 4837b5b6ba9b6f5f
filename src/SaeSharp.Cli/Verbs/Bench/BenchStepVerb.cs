using System.CommandLine;
using System.Text.Json.Nodes;
using SaeSharp.Cli.Framework;
using SaeSharp.Cli.Terminals;
using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using SaeSharp.Planning;
using Spectre.Console;

namespace SaeSharp.Cli.Verbs.Bench;

/// <summary><c>saesharp bench step</c>: whole training steps against their floor.</summary>
internal sealed class BenchStepVerb : Verb
{
    private readonly Option<string> _decoder;
    private readonly Option<string> _sparsifier;
    private readonly Option<string> _ranks;
    private readonly Option<int> _width;
    private readonly Option<int> _latents;
    private readonly Option<int> _k;
    private readonly Option<int> _batch;
    private readonly Option<int> _steps;

    internal BenchStepVerb(VerbHost host)
        : base(host, "step", "Time whole training steps (forward, loss, backward, clip, Adam, retraction) against their floor.")
    {
        _decoder = AddOption<string>("--decoder", "linear or polynomial. Default: polynomial.", "KIND");
        _decoder.DefaultValueFactory = _ => "polynomial";
        _decoder.AcceptOnlyFromAmong("linear", "polynomial");
        _sparsifier = AddOption<string>("--sparsifier", "topk or batchtopk. Default: topk.", "KIND");
        _sparsifier.DefaultValueFactory = _ => "topk";
        _sparsifier.AcceptOnlyFromAmong("topk", "batchtopk");
        _ranks = AddOption<string>("--ranks", "Ranks of the polynomial decoder. Default: width,64,64.", "R1,R2,R3");
        _width = Size("--width", "Width of the vectors.", 768);
        _latents = Size("--latents", "Latents.", 16384);
        _k = Size("--k", "Active latents a token.", 64);
        _batch = Size("--batch", "Vectors a step.", 4096);
        _steps = Size("--steps", "Timed steps; the median counts.", 5);
    }

    internal override IReadOnlyList<string> Examples =>
        ["saesharp bench step --decoder polynomial --width 768 --latents 16384 --k 64 --batch 4096 --json", "saesharp bench step --decoder linear --width 192 --latents 2048 --k 16 --batch 1024"];

    internal override string Notes => $"Definition: {StepCost.Formula}.";

    protected override int Run(ParseResult parsed)
    {
        int width = parsed.GetValue(_width), batch = parsed.GetValue(_batch), steps = parsed.GetValue(_steps);
        if (width < 1 || batch < 1 || steps < 1 || (long)batch * width > int.MaxValue) throw new InputException("--width, --batch and --steps must be positive, and a batch may not have 2^31 numbers or more.");
        DictionarySpec spec = Spec(parsed, width);
        spec.Validate(width);
        using CpuDevice device = Host.OpenDevice(parsed);
        StepMeasurement measured = StepMeasurement.Run(spec, width, batch, steps, device);
        Print(measured, device, batch);
        Terminal.WriteJson(Json(measured, device, batch));
        return Application.Succeeded;
    }

    private DictionarySpec Spec(ParseResult parsed, int width)
    {
        bool polynomial = parsed.GetValue(_decoder) == "polynomial";
        int[] ranks = parsed.GetValue(_ranks) is { } text ? ConvertVerb.Ranks(text) : [width, Math.Min(64, width), Math.Min(64, width)];
        if (ranks.Length > 3) throw new InputException($"--ranks has {ranks.Length} numbers; expected one to three.");
        return new DictionarySpec
        {
            Name = polynomial ? "polysae" : "linear",
            Latents = parsed.GetValue(_latents),
            Sparsifier = new SparsifierSpec { Kind = parsed.GetValue(_sparsifier) == "topk" ? SparsifierKind.TopK : SparsifierKind.BatchTopK, K = parsed.GetValue(_k) },
            Decoder = polynomial ? new DecoderSpec { Kind = DecoderKind.Polynomial, Order = Math.Clamp(ranks.Length, 1, 3), Ranks = ranks } : new DecoderSpec(),
        };
    }

    private void Print(StepMeasurement measured, CpuDevice device, int batch)
    {
        StepCost cost = measured.Cost;
        Terminal.Line($"{device.Name}, peak {measured.Speed.FlopPerSecond / 1e9:0.0} GFLOP/s, copy {measured.Speed.BytesPerSecond / 1e9:0.0} GB/s");
        Table table = new();
        table.AddColumns("part", "FLOP", "bytes", "floor");
        for (int i = 1; i < 4; i++) table.Columns[i].RightAligned();
        foreach (CostPart part in cost.Parts)
        {
            double seconds = (part.Flop / measured.Speed.FlopPerSecond) + (part.Bytes / measured.Speed.BytesPerSecond);
            table.AddRow(Markup.Escape(part.Name), Numbers.Metric(part.Flop, "FLOP"), Numbers.Bytes(part.Bytes), Numbers.Duration(seconds));
        }

        Terminal.Write(table);
        Terminal.Line($"step {measured.Timing.Median:0.000} s ({measured.Timing.Fastest:0.000} to {measured.Timing.Slowest:0.000}), {batch / measured.Timing.Median:0} tokens/s");
        Terminal.Line($"floor {measured.FloorSeconds:0.000} s: {measured.FloorFraction:0.0%} of the floor reached");
        Terminal.Line($"peak memory {Numbers.Bytes(measured.Timing.PeakMemoryBytes)}, {measured.Timing.AllocatedBytes} managed bytes allocated a step");
    }

    private static JsonObject Json(StepMeasurement measured, CpuDevice device, int batch) => new()
    {
        ["device"] = device.Name,
        ["threads"] = device.Threads,
        ["decoder"] = measured.Cost.Spec.Decoder.Kind == DecoderKind.Linear ? "linear" : "polynomial",
        ["width"] = measured.Cost.Width,
        ["latents"] = measured.Cost.Spec.Latents,
        ["k"] = measured.Cost.Spec.Sparsifier.K,
        ["batch"] = batch,
        ["step_seconds"] = measured.Timing.Median,
        ["best_step_seconds"] = measured.Timing.Fastest,
        ["worst_step_seconds"] = measured.Timing.Slowest,
        ["tokens_per_second"] = batch / measured.Timing.Median,
        ["floor_seconds"] = measured.FloorSeconds,
        ["floor_fraction"] = measured.FloorFraction,
        ["floor_flop"] = measured.Cost.Flop,
        ["floor_bytes"] = measured.Cost.Bytes,
        ["floor_parts"] = PlanVerb.PartsJson(measured.Cost, measured.Speed),
        ["formula"] = StepCost.Formula,
        ["peak_gflops"] = measured.Speed.FlopPerSecond / 1e9,
        ["copy_gigabytes_per_second"] = measured.Speed.BytesPerSecond / 1e9,
        ["peak_memory_bytes"] = measured.Timing.PeakMemoryBytes,
        ["allocated_bytes_per_step"] = measured.Timing.AllocatedBytes,
    };

    private Option<int> Size(string name, string description, int value)
    {
        Option<int> option = AddOption<int>(name, $"{description} Default: {value}.", "N");
        option.DefaultValueFactory = _ => value;
        return option;
    }
}

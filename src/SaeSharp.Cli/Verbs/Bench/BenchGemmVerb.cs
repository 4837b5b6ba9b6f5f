using System.CommandLine;
using System.Text.Json.Nodes;
using SaeSharp.Cli.Framework;
using SaeSharp.Numerics;

namespace SaeSharp.Cli.Verbs.Bench;

/// <summary><c>saesharp bench gemm</c>: the encoder's product against the FMA peak measured in the same run.</summary>
internal sealed class BenchGemmVerb : Verb
{
    private readonly Option<int> _m;
    private readonly Option<int> _k;
    private readonly Option<int> _n;
    private readonly Option<int> _repeats;

    internal BenchGemmVerb(VerbHost host)
        : base(host, "gemm", "Time activations × encoderᵀ against the multiply-add peak of this machine.")
    {
        _m = Size("--m", "Rows of the product: tokens.", 4096);
        _k = Size("--k", "Inner dimension: width.", 768);
        _n = Size("--n", "Columns of the product: latents.", 16384);
        _repeats = Size("--repeats", "Timed products; the best counts.", 8);
    }

    internal override IReadOnlyList<string> Examples => ["saesharp bench gemm", "saesharp bench gemm --m 1024 --json"];

    protected override int Run(ParseResult parsed)
    {
        int m = parsed.GetValue(_m), k = parsed.GetValue(_k), n = parsed.GetValue(_n), repeats = parsed.GetValue(_repeats);
        if (m < 1 || k < 1 || n < 1 || repeats < 1 || (long)m * n > int.MaxValue || (long)m * k > int.MaxValue || (long)n * k > int.MaxValue)
            throw new InputException("--m, --k, --n and --repeats must be positive, and no matrix may have 2^31 numbers or more.");
        using CpuDevice device = Host.OpenDevice(parsed);
        MachinePeak before = MachinePeak.Measure(device.Threads);
        double seconds = GemmBenchmark.Run(device, GemmShape.NT, m, k, n, repeats);
        // A machine's clock wanders; the peak is the better of one before and one after.
        MachinePeak after = MachinePeak.Measure(device.Threads);
        double peak = Math.Max(before.Gflops, after.Gflops);
        double gflops = 2.0 * m * k * n / seconds / 1e9;
        Terminal.Line($"{device.Name}: {m} × {k} × {n} in {seconds * 1000:0.0} ms = {gflops:0.0} GFLOP/s, {gflops / peak:0.0%} of the peak of {peak:0.0}");
        Terminal.WriteJson(new JsonObject
        {
            ["device"] = device.Name,
            ["threads"] = device.Threads,
            ["m"] = m,
            ["k"] = k,
            ["n"] = n,
            ["seconds"] = seconds,
            ["gflops"] = gflops,
            ["peak_gflops"] = peak,
            ["fraction"] = gflops / peak,
            ["copy_gigabytes_per_second"] = Math.Max(before.CopyGigabytesPerSecond, after.CopyGigabytesPerSecond),
        });
        return Application.Succeeded;
    }

    private Option<int> Size(string name, string description, int value)
    {
        Option<int> option = AddOption<int>(name, $"{description} Default: {value}.", "N");
        option.DefaultValueFactory = _ => value;
        return option;
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using SaeSharp.Cli.Framework;
using SaeSharp.Cli.Terminals;
using SaeSharp.Numerics;
using SaeSharp.Planning;
using SaeSharp.Recipes;
using Spectre.Console;

namespace SaeSharp.Cli.Verbs;

/// <summary><c>saesharp plan</c>: what a recipe will ask of a machine.</summary>
internal sealed class PlanVerb : Verb
{
    /// <summary>Share of the floor that training steps reach on the machines where it was measured (bench/README.md).</summary>
    private const double StepShare = 0.7;

    /// <summary>Share of the peak that forward passes reach, attention and element-wise work included.</summary>
    private const double ModelShare = 0.4;

    private readonly Argument<string?> _recipe = new("recipe") { Arity = ArgumentArity.ZeroOrOne, Description = "YAML file; default: the main job." };
    private readonly Option<double?> _gflops;
    private readonly Option<double?> _bandwidth;

    internal PlanVerb(VerbHost host)
        : base(host, "plan", "Print parameters, memory, FLOP and byte floor, disk and expected time of a recipe, before anything runs.")
    {
        Arguments.Add(_recipe);
        RecipeFlags.AddTo(this);
        _gflops = AddOption<double?>("--gflops", "Plan for a machine with this float32 peak, in 10^9 FLOP/s; default: measured here.", "N");
        _bandwidth = AddOption<double?>("--bandwidth", "Plan for a machine with this copy bandwidth, in 10^9 byte/s (read + written); default: measured here.", "N");
    }

    internal override IReadOnlyList<string> Examples =>
        ["saesharp plan", "saesharp plan recipes/gpt2-small-topk-polysae.yaml", "saesharp plan recipes/gemma-2-2b-batchtopk-polysae.yaml --gflops 60000 --bandwidth 3000 --json"];

    internal override bool TakesRecipeFlags => true;

    protected override int Run(ParseResult parsed)
    {
        Recipe recipe = RecipeLoader.Load(parsed, parsed.GetValue(_recipe));
        (int width, ModelShape? model, int blocks) = PlanSource.Find(recipe);
        recipe = RecipeResolver.Resolve(recipe, width);
        RunPlan plan = new(recipe, width, model, blocks);
        MachineSpeed speed = Speed(parsed);
        Print(recipe, plan, model, speed);
        Terminal.WriteJson(Json(recipe, plan, speed));
        return Application.Succeeded;
    }

    private MachineSpeed Speed(ParseResult parsed)
    {
        double? gflops = parsed.GetValue(_gflops), bandwidth = parsed.GetValue(_bandwidth);
        if (gflops <= 0 || bandwidth <= 0) throw new InputException("--gflops and --bandwidth must be positive.");
        if (gflops is { } g && bandwidth is { } b) return new MachineSpeed(g * 1e9, b * 1e9);
        MachinePeak peak = MachinePeak.Measure(parsed.GetValue(Host.Threads));
        return new MachineSpeed((gflops ?? peak.Gflops) * 1e9, (bandwidth ?? peak.CopyGigabytesPerSecond) * 1e9);
    }

    private void Print(Recipe recipe, RunPlan plan, ModelShape? model, MachineSpeed speed)
    {
        string source = model is null ? recipe.Activations ?? "" : $"{recipe.Model} at {recipe.Hook} ({plan.Blocks} of {model.Layers} blocks run)";
        Terminal.Line($"vectors     width {plan.Width}, from {source}");
        Terminal.Line($"training    {Numbers.Count(plan.Steps)} steps of {recipe.Training.Batch} = {Numbers.Count(plan.Tokens)} tokens");
        Table table = new();
        table.AddColumns("dictionary", "parameters", "memory", "FLOP/step", "bytes/step", "floor/step");
        for (int i = 1; i < 6; i++) table.Columns[i].RightAligned();
        foreach (StepCost cost in plan.Costs)
        {
            table.AddRow(Markup.Escape(cost.Spec.Name), Numbers.Count(cost.Parameters), Numbers.Bytes(plan.MemoryOf(cost)), Numbers.Metric(cost.Flop, "FLOP"),
                Numbers.Bytes(cost.Bytes), Numbers.Duration(cost.FloorSeconds(speed)));
        }

        Terminal.Write(table);
        if (model is not null) Terminal.Line($"host model  {Numbers.Metric(plan.ModelFlopPerStep, "FLOP")} a step, {Numbers.Duration(plan.ModelFlopPerStep / speed.FlopPerSecond)} at the peak");
        Terminal.Line($"memory      {Numbers.Bytes(plan.Memory)} at the peak, {Numbers.Bytes(plan.SharedMemory)} of it for the host model and the shuffle buffer");
        Terminal.Line($"disk        {Numbers.Bytes(plan.Disk)} for dictionaries and checkpoints");
        Terminal.Line($"machine     {speed.FlopPerSecond / 1e9:0} GFLOP/s, copy {speed.BytesPerSecond / 1e9:0.#} GB/s");
        Terminal.Line($"time        {Numbers.Duration(plan.ExpectedSeconds(speed, StepShare, ModelShare))} expected ({StepShare:0%} of the floor in steps, {ModelShare:0%} of the peak in the host model); no less than {Numbers.Duration(plan.FloorSeconds(speed))}");
    }

    private static JsonObject Json(Recipe recipe, RunPlan plan, MachineSpeed speed)
    {
        JsonArray dictionaries = [];
        foreach (StepCost cost in plan.Costs)
        {
            dictionaries.Add(new JsonObject
            {
                ["name"] = cost.Spec.Name,
                ["latents"] = cost.Spec.Latents,
                ["parameters"] = cost.Parameters,
                ["encoder_parameters"] = ParameterCount.OfEncoder(cost.Spec, plan.Width),
                ["decoder_parameters"] = ParameterCount.OfDecoder(cost.Spec, plan.Width),
                ["memory_bytes"] = plan.MemoryOf(cost),
                ["flop_per_step"] = cost.Flop,
                ["bytes_per_step"] = cost.Bytes,
                ["floor_seconds_per_step"] = cost.FloorSeconds(speed),
                ["parts"] = PartsJson(cost, speed),
            });
        }

        return new JsonObject
        {
            ["width"] = plan.Width,
            ["model"] = recipe.Model,
            ["hook"] = recipe.Hook,
            ["steps"] = plan.Steps,
            ["tokens"] = plan.Tokens,
            ["batch"] = recipe.Training.Batch,
            ["dictionaries"] = dictionaries,
            ["model_flop_per_step"] = plan.ModelFlopPerStep,
            ["memory_bytes"] = plan.Memory,
            ["disk_bytes"] = plan.Disk,
            ["gflops"] = speed.FlopPerSecond / 1e9,
            ["copy_gigabytes_per_second"] = speed.BytesPerSecond / 1e9,
            ["floor_seconds"] = plan.FloorSeconds(speed),
            ["expected_seconds"] = plan.ExpectedSeconds(speed, StepShare, ModelShare),
            ["formula"] = StepCost.Formula,
        };
    }

    internal static JsonArray PartsJson(StepCost cost, MachineSpeed speed)
    {
        JsonArray parts = [];
        foreach (CostPart part in cost.Parts)
        {
            parts.Add(new JsonObject
            {
                ["name"] = part.Name,
                ["flop"] = part.Flop,
                ["bytes"] = part.Bytes,
                ["seconds"] = (part.Flop / speed.FlopPerSecond) + (part.Bytes / speed.BytesPerSecond),
            });
        }

        return parts;
    }
}

using SaeSharp.Recipes;
using SaeSharp.Training;

namespace SaeSharp.Tests.Training;

/// <summary>The course of the learning rate, in closed form.</summary>
public class LearningRateTests
{
    [Fact]
    public void Warm_up_rises_in_equal_parts_and_ends_at_the_height()
    {
        var spec = new TrainingSpec { LearningRate = 8, WarmUpSteps = 4 };
        Assert.Equal([2, 4, 6, 8, 8, 8], Rates(spec, 6));
        Assert.Equal([0, 2, 4, 6, 8, 8], Rates(spec with { WarmUpFromZero = true }, 6));
    }

    [Fact]
    public void Linear_course_falls_evenly_to_its_end()
    {
        var spec = new TrainingSpec { LearningRate = 10, Schedule = Schedule.Linear, FinalLearningRate = 2, WarmUpSteps = 1 };
        Assert.Equal([10, 10, 8, 6, 4], Rates(spec, 5));
    }

    [Fact]
    public void Cosine_course_is_half_a_cosine()
    {
        var spec = new TrainingSpec { LearningRate = 10, Schedule = Schedule.Cosine, FinalLearningRate = 2 };
        double[] rates = Rates(spec, 8);
        for (int step = 0; step < 8; step++) Assert.Equal(6 + (4 * Math.Cos(Math.PI * step / 8)), rates[step], 1e-12);
    }

    [Fact]
    public void Decay_falls_to_zero_over_the_last_steps()
    {
        var spec = new TrainingSpec { LearningRate = 4, DecaySteps = 4 };
        Assert.Equal([4, 4, 4, 3, 2, 1], Rates(spec, 6));
    }

    private static double[] Rates(TrainingSpec spec, int steps) => [.. Enumerable.Range(0, steps).Select(step => LearningRate.At(spec, step, steps))];
}

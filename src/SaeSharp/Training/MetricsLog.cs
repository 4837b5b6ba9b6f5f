using System.Text;
using System.Text.Json;
using SaeSharp.Models.Files;

namespace SaeSharp.Training;

/// <summary><c>metrics.jsonl</c>: one line a logged step and dictionary.</summary>
internal sealed class MetricsLog : IDisposable
{
    private readonly FileStream _stream;

    /// <summary>Opens the log; lines of steps after <paramref name="step"/> are cut off, because the run repeats them.</summary>
    public MetricsLog(string path, long step)
    {
        try
        {
            _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            _stream.SetLength(EndOfStep(step));
            _stream.Seek(0, SeekOrigin.End);
        }
        catch (Exception e) when (FileErrors.IsAboutFile(e))
        {
            _stream?.Dispose();
            throw FileErrors.CannotWrite(path, e);
        }
    }

    public void Write(TrainingProgress progress)
    {
        try
        {
            foreach (DictionaryMetrics metrics in progress.Dictionaries)
            {
                _stream.Write(Line(progress, metrics));
                _stream.WriteByte((byte)'\n');
            }

            _stream.Flush();
        }
        catch (Exception e) when (FileErrors.IsAboutFile(e))
        {
            throw FileErrors.CannotWrite(_stream.Name, e);
        }
    }

    public void Dispose() => _stream.Dispose();

    private static byte[] Line(TrainingProgress progress, DictionaryMetrics m)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("step", progress.Step);
            json.WriteNumber("tokens", progress.Tokens);
            json.WriteString("dictionary", m.Name);
            Write(json, "loss", m.Losses.Total);
            Write(json, "reconstruction", m.Losses.Reconstruction);
            Write(json, "inner_levels", m.Losses.InnerLevels);
            Write(json, "auxiliary", m.Losses.Auxiliary);
            Write(json, "sparsity", m.Losses.Sparsity);
            Write(json, "fvu", m.Fvu);
            Write(json, "l0", m.Losses.L0);
            json.WriteNumber("dead", m.Losses.Dead);
            Write(json, "gradient_norm", m.GradientNorm);
            Write(json, "learning_rate", m.LearningRate);
            Write(json, "tokens_per_second", progress.TokensPerSecond);
            Write(json, "drift", m.Drift);
            Write(json, "threshold", m.Threshold);
            Write(json, "lambda2", m.Lambda2);
            Write(json, "lambda3", m.Lambda3);
            Write(json, "quadratic_share", m.QuadraticShare);
            Write(json, "cubic_share", m.CubicShare);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number)) json.WriteNumber(name, number);
    }

    /// <summary>Length of the part of the log that belongs to steps up to <paramref name="step"/>; a torn last line does not.</summary>
    private long EndOfStep(long step)
    {
        using var reader = new StreamReader(_stream, Encoding.UTF8, false, 1 << 16, leaveOpen: true);
        string text = reader.ReadToEnd();
        int end = 0;
        while (text.IndexOf('\n', end) is var newline and >= 0)
        {
            try
            {
                using JsonDocument line = JsonDocument.Parse(text.AsMemory(end, newline - end));
                if (line.RootElement.GetProperty("step").GetInt64() > step) break;
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                break;
            }

            end = newline + 1;
        }

        return Encoding.UTF8.GetByteCount(text.AsSpan(0, end));
    }
}

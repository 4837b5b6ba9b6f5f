using System.Globalization;
using SaeSharp.Models.Files;

namespace SaeSharp.Training;

/// <summary>Where a run leaves what: the only place that knows the names inside a run's folder.</summary>
public sealed class RunFolder
{
    private const string CheckpointPrefix = "step-";
    private const string CheckpointExtension = ".safetensors";

    /// <summary>A run's folder, whether it exists or not.</summary>
    public RunFolder(string path) => Path = System.IO.Path.GetFullPath(path);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The fully resolved recipe.</summary>
    public string Recipe => System.IO.Path.Combine(Path, "recipe.yaml");

    /// <summary>One JSON object a logged step and dictionary.</summary>
    public string Metrics => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>Folder of checkpoints.</summary>
    public string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>Folder of evaluation results.</summary>
    public string Evaluation => System.IO.Path.Combine(Path, "evaluation");

    /// <summary>Folder that holds the dictionary, or one folder a dictionary when a run has several.</summary>
    public string Dictionaries => System.IO.Path.Combine(Path, "dictionary");

    /// <summary>Whether there is anything at that path that a new run would destroy.</summary>
    public bool Exists => File.Exists(Path) || (Directory.Exists(Path) && Directory.EnumerateFileSystemEntries(Path).Any());

    /// <summary>Folder of one dictionary.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="alone">Whether it is the run's only one.</param>
    public string Dictionary(string name, bool alone) => alone ? Dictionaries : System.IO.Path.Combine(Dictionaries, name);

    /// <summary>File of the checkpoint after so many steps.</summary>
    public string Checkpoint(long step) =>
        System.IO.Path.Combine(Checkpoints, CheckpointPrefix + step.ToString("D9", CultureInfo.InvariantCulture) + CheckpointExtension);

    /// <summary>Checkpoints that are there, oldest first.</summary>
    public IReadOnlyList<(long Step, string File)> ListCheckpoints()
    {
        if (!Directory.Exists(Checkpoints)) return [];
        List<(long, string)> found = [];
        foreach (string file in Directory.EnumerateFiles(Checkpoints, CheckpointPrefix + "*" + CheckpointExtension))
        {
            string digits = System.IO.Path.GetFileNameWithoutExtension(file)[CheckpointPrefix.Length..];
            if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long step)) found.Add((step, file));
        }

        found.Sort();
        return found;
    }

    /// <summary>Removes all checkpoints but the newest <paramref name="keep"/>.</summary>
    public void PruneCheckpoints(int keep)
    {
        IReadOnlyList<(long Step, string File)> all = ListCheckpoints();
        for (int i = 0; i < all.Count - Math.Max(1, keep); i++) File.Delete(all[i].File);
    }

    /// <summary>Makes the folder for a new run.</summary>
    /// <param name="overwrite">Whether an earlier run there may be removed.</param>
    /// <exception cref="InputException">Something is there and may not be removed, or the folder cannot be written.</exception>
    public void Create(bool overwrite)
    {
        RefuseExisting(overwrite);
        try
        {
            if (overwrite && Directory.Exists(Path)) RemoveRun();
            Directory.CreateDirectory(Checkpoints);
        }
        catch (Exception e) when (FileErrors.IsAboutFile(e))
        {
            throw FileErrors.CannotWrite(Path, e);
        }
    }

    /// <summary>Refuses a folder that already holds something, unless it may be overwritten and holds a run.</summary>
    public void RefuseExisting(bool overwrite)
    {
        if (!Exists) return;
        if (!overwrite) throw new InputException($"The run folder {Path} exists; go on with --resume {Path}, or begin anew with --overwrite.");
        if (File.Exists(Path) || !File.Exists(Recipe))
            throw new InputException($"{Path} is not a run folder (it has no recipe.yaml), so --overwrite will not remove it.");
    }

    /// <summary>Removes what a run writes, and nothing else.</summary>
    private void RemoveRun()
    {
        foreach (string folder in new[] { Checkpoints, Evaluation, Dictionaries })
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }

        foreach (string file in new[] { Recipe, Metrics, System.IO.Path.Combine(Path, "report.html") }) File.Delete(file);
    }
}

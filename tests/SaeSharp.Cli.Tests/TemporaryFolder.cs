namespace SaeSharp.Cli.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    internal TemporaryFolder() => Root = Directory.CreateTempSubdirectory("saesharp-cli-").FullName;

    internal string Root { get; }

    internal string this[string name] => Path.Combine(Root, name);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

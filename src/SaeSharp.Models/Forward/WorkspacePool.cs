namespace SaeSharp.Models.Forward;

/// <summary>Keeps the working memory of forward passes between calls: as many pieces as passes ever ran at once.</summary>
/// <typeparam name="T">A family's working memory.</typeparam>
internal sealed class WorkspacePool<T>(Func<T> create) : IDisposable
    where T : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<T> _free = new();

    public T Rent()
    {
        lock (_lock)
        {
            if (_free.TryPop(out T? workspace)) return workspace;
        }

        return create();
    }

    public void Return(T workspace)
    {
        lock (_lock) _free.Push(workspace);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            while (_free.TryPop(out T? workspace)) workspace.Dispose();
        }
    }
}

using System.Net;

namespace SaeSharp.Models.Hub;

/// <summary>Where models come from and where they are kept. The environment variables are those of Hugging Face's own tools.</summary>
/// <remarks>A class and not a record, so that no token is ever printed with the rest.</remarks>
public sealed class HubOptions
{
    /// <summary>The hub that is asked if nothing else is said.</summary>
    public static readonly Uri DefaultEndpoint = new("https://huggingface.co");

    /// <summary>The hub's address; <c>HF_ENDPOINT</c>.</summary>
    public Uri Endpoint { get; init; } = DefaultEndpoint;

    /// <summary>What opens private and gated models; sent to <see cref="Endpoint"/> only, never to where it redirects; <c>HF_TOKEN</c>.</summary>
    public string? Token { get; init; }

    /// <summary>The cache that is shared with Hugging Face's tools; <c>HF_HUB_CACHE</c>, else <c>HF_HOME/hub</c>, else <c>XDG_CACHE_HOME/huggingface/hub</c>, else <c>~/.cache/huggingface/hub</c>.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Whether nothing may be downloaded; <c>HF_HUB_OFFLINE</c>.</summary>
    public bool Offline { get; init; }

    /// <summary>The proxy; what the environment says (<c>HTTPS_PROXY</c>, <c>NO_PROXY</c>, …) unless told otherwise, null for none.</summary>
    public IWebProxy? Proxy { get; init; } = HttpClient.DefaultProxy;

    /// <summary>How often a step is tried without any progress before it counts as failed.</summary>
    internal int Attempts { get; init; } = 6;

    /// <summary>How often the hub is asked for the first time: without a network an answer should come soon.</summary>
    internal int FirstAttempts { get; init; } = 3;

    /// <summary>The wait before the second try; each later one doubles it.</summary>
    internal TimeSpan BackOff { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How long a connection may be silent before it counts as dropped.</summary>
    internal TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Makes a symbolic link, or says that it cannot.</summary>
    internal Func<string, string, bool> TryLink { get; init; } = SnapshotLinks.TryLink;

    /// <summary>What the environment says.</summary>
    /// <exception cref="InputException">A variable makes no sense.</exception>
    public static HubOptions FromEnvironment() => FromVariables(Environment.GetEnvironmentVariable);

    internal static HubOptions FromVariables(Func<string, string?> variable) => new()
    {
        Endpoint = ReadEndpoint(variable("HF_ENDPOINT")),
        Token = ReadToken(variable("HF_TOKEN")),
        CacheFolder = ReadCacheFolder(variable),
        Offline = IsTrue(variable("HF_HUB_OFFLINE")) || IsTrue(variable("TRANSFORMERS_OFFLINE")),
    };

    private static Uri ReadEndpoint(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return DefaultEndpoint;
        bool valid = Uri.TryCreate(text.Trim().TrimEnd('/'), UriKind.Absolute, out Uri? uri)
            && uri.Scheme is "https" or "http" && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0;
        return valid ? uri! : throw new InputException($"HF_ENDPOINT is '{text}'; expected the address of a hub, e.g. {DefaultEndpoint.OriginalString}.");
    }

    private static string? ReadToken(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        string token = text.Trim();
        return token.All(c => c is > ' ' and <= '~') ? token : throw new InputException("HF_TOKEN has a character that no token has, e.g. a space.");
    }

    private static string ReadCacheFolder(Func<string, string?> variable)
    {
        string? Set(string name) => variable(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;
        string folder = Set("HF_HUB_CACHE") ?? Set("HUGGINGFACE_HUB_CACHE")
            ?? (Set("HF_HOME") is { } home ? Path.Combine(home, "hub") : Path.Combine(Set("XDG_CACHE_HOME") ?? "~/.cache", "huggingface", "hub"));
        if (folder == "~" || folder.StartsWith("~/", StringComparison.Ordinal))
        {
            string user = Set("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            if (user.Length == 0) throw new InputException("Nobody's home folder is known; set HF_HOME to a folder for downloaded models.");
            folder = Path.Join(user, folder.AsSpan(1));
        }

        return Path.GetFullPath(folder);
    }

    private static bool IsTrue(string? text) => text?.Trim().ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
}

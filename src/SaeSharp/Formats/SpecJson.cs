using System.Text.Json;
using System.Text.Json.Serialization;
using SaeSharp.Dictionaries;

namespace SaeSharp.Formats;

/// <summary>A <see cref="DictionarySpec"/> as JSON: snake_case keys, kinds in lower case, every key written, none unknown.</summary>
internal static class SpecJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(new LowerCase(), allowIntegerValues: false) },
    };

    private sealed class LowerCase : JsonNamingPolicy
    {
        public override string ConvertName(string name) => name.ToLowerInvariant();
    }
}

using System.Text.Json;

namespace Gateway.Host.Dns.Providers;

/// <summary>JSON as providers speak it: read by name, with no type behind it, and never trusted to have what it should.</summary>
internal static class JsonAnswer
{
    /// <summary>The document's root; null where the text is no JSON.</summary>
    public static JsonElement? Root(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException) { return null; }
    }

    /// <summary>A member of an object; null where there is none.</summary>
    public static JsonElement? At(this JsonElement element, string member) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) ? value : null;

    /// <summary>The elements of an array; none where it is no array.</summary>
    public static JsonElement[] Items(this JsonElement element) => element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()] : [];

    /// <summary>A text member; null where there is none.</summary>
    public static string? TextAt(this JsonElement element, string member) => element.At(member) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A request's body.</summary>
    public static HttpContent Body(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) write(json);
        return new ByteArrayContent(stream.ToArray()) { Headers = { ContentType = new("application/json") } };
    }
}

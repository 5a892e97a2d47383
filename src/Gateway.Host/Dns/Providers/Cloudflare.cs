using System.Net.Http.Headers;
using System.Text.Json;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Providers;

/// <summary>
/// Cloudflare by its API v4 (https://developers.cloudflare.com/api/resources/dns/): find the zone, find the record, then change, make or delete it. Never proxied: connections
/// must reach this home with our key. The token needs Zone.Zone:Read and Zone.DNS:Edit.
/// </summary>
internal sealed class Cloudflare(ProviderHttp http) : INameProvider
{
    public const string Key = "cloudflare";

    private static readonly Uri Usual = new("https://api.cloudflare.com/client/v4/");

    /// <summary>In seconds; the shortest that it takes.</summary>
    private const int Ttl = 60;

    public string Title => "Cloudflare";

    public Uri PlaceOf(NameOptions name) => name.Endpoint is { } own ? new Uri(own.AbsoluteUri.TrimEnd('/') + "/") : Usual;

    public TimeSpan? Refresh => null;

    public TimeSpan TakesUpTo => TimeSpan.FromMinutes(1);

    public IReadOnlyList<IpFamily> Changes(IpFamily family, AddressPair wanted) => [family];

    public IReadOnlyList<IpFamily> DetectionChanges(NameOptions name) => [];

    public async Task<ProviderReply> SetAsync(NameOptions name, IpFamily family, AddressPair wanted, CancellationToken cancellationToken)
    {
        var (zone, problem) = await ZoneAsync(name, cancellationToken);
        if (problem is not null) return problem;
        var (type, address) = (family == IpFamily.V4 ? "A" : "AAAA", wanted[family]);
        var records = $"zones/{zone}/dns_records";
        (var list, problem) = await AskAsync(name, HttpMethod.Get, $"{records}?type={type}&name={Uri.EscapeDataString(name.Name)}", null, cancellationToken);
        if (problem is not null) return problem;
        var ids = list.Items().Where(r => r.TextAt("type") == type && string.Equals(r.TextAt("name"), name.Name, StringComparison.OrdinalIgnoreCase)).Select(r => r.TextAt("id")).Where(IsId).ToArray();
        // One record is ours to change; of several that are there the rest goes.
        foreach (var id in address is null ? ids : ids.Skip(1))
        {
            (_, problem) = await AskAsync(name, HttpMethod.Delete, $"{records}/{id}", null, cancellationToken);
            if (problem is not null) return problem;
        }
        if (address is not null)
        {
            using var body = JsonAnswer.Body(json =>
            {
                json.WriteStartObject();
                json.WriteString("type", type);
                json.WriteString("name", name.Name);
                json.WriteString("content", address.ToString());
                json.WriteNumber("ttl", Ttl);
                json.WriteBoolean("proxied", false);
                json.WriteEndObject();
            });
            (_, problem) = await AskAsync(name, ids.Length > 0 ? HttpMethod.Patch : HttpMethod.Post, ids.Length > 0 ? $"{records}/{ids[0]}" : records, body, cancellationToken);
            if (problem is not null) return problem;
        }
        return new ProviderReply(ProviderOutcome.Done, $"Cloudflare took {address?.ToString() ?? "the address out"}.").With(family, SentAddress.Of(address));
    }

    /// <summary>Whatever Cloudflare serves tells its callers how it sees them.</summary>
    public Task<ProviderReply> DetectAsync(NameOptions name, CancellationToken cancellationToken) => CallerAddress.AskAsync(http, name.CheckIp ?? new Uri(Usual, "/cdn-cgi/trace"), cancellationToken);

    /// <summary>The nearest zone above the name that the token may see.</summary>
    private async Task<(string Zone, ProviderReply? Problem)> ZoneAsync(NameOptions name, CancellationToken cancellationToken)
    {
        for (var zone = name.Zone ?? name.Name; zone.Contains('.', StringComparison.Ordinal); zone = zone[(zone.IndexOf('.', StringComparison.Ordinal) + 1)..])
        {
            var (list, problem) = await AskAsync(name, HttpMethod.Get, "zones?name=" + Uri.EscapeDataString(zone), null, cancellationToken);
            if (problem is not null) return ("", problem);
            if (list.Items().Select(z => z.TextAt("id")).FirstOrDefault(IsId) is { } id) return (id, null);
            if (name.Zone is not null) break;
        }
        return ("", new ProviderReply(ProviderOutcome.Refused, $"Cloudflare shows this token no domain that {name.Name} lies in. Give it Zone:Read and DNS:Edit for that domain."));
    }

    private async Task<(JsonElement Result, ProviderReply? Problem)> AskAsync(NameOptions name, HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(PlaceOf(name), path)) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", name.Token);
        var answer = await http.SendAsync(request, overV4: false, cancellationToken);
        if (answer.Trouble(Title) is { } trouble) return (default, trouble);
        if (answer.Status is 401 or 403 || answer.Status == 400 && HasCode(answer.Body, 6003, 6111, 9106, 9109, 10000)) // all of them: the token is none, or may not
            return (default, new ProviderReply(ProviderOutcome.Refused, $"Cloudflare does not take the token. It needs Zone:Read and DNS:Edit for this domain; set \"{name.Key}.token\"."));
        if (answer.Status is 200 && JsonAnswer.Root(answer.Body) is { } root && root.At("success") is { ValueKind: JsonValueKind.True }) return (root.At("result") ?? default, null);
        return (default, answer.Status is 400 && JsonAnswer.Root(answer.Body) is not null
            ? new ProviderReply(ProviderOutcome.Refused, $"Cloudflare does not take a record for {name.Name}: is there another of that name, such as an alias?")
            : new ProviderReply(ProviderOutcome.Trouble, "Cloudflare answers something that is no answer, such as a page for people."));
    }

    private static bool HasCode(string body, params int[] codes) => JsonAnswer.Root(body)?.At("errors")?.Items().Any(e => e.At("code") is { ValueKind: JsonValueKind.Number } code && code.TryGetInt32(out var n) && codes.Contains(n)) == true;

    /// <summary>Ids go into addresses: nothing but letters and digits.</summary>
    private static bool IsId(string? id) => id is { Length: > 0 and <= 64 } && id.All(char.IsAsciiLetterOrDigit);
}

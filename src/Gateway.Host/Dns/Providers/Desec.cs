using System.Net.Http.Headers;
using System.Text.Json;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Providers;

/// <summary>
/// deSEC by its REST API (https://desec.readthedocs.io/en/latest/dns/rrsets.html), not by its dyndns2 interface, which takes one update a minute: too slow for two
/// families. Its terms forbid updates that change nothing.
/// </summary>
internal sealed class Desec(ProviderHttp http) : INameProvider
{
    public const string Key = "desec";

    private static readonly Uri Usual = new("https://desec.io/api/v1/");
    private static readonly Uri UsualCheckIp = new("https://checkipv4.dedyn.io/");

    public string Title => "deSEC";

    public Uri PlaceOf(NameOptions name) => name.Endpoint is { } own ? new Uri(own.AbsoluteUri.TrimEnd('/') + "/") : Usual;

    public TimeSpan? Refresh => null;

    public TimeSpan TakesUpTo => TimeSpan.FromMinutes(2);

    public IReadOnlyList<IpFamily> Changes(IpFamily family, AddressPair wanted) => [family];

    public IReadOnlyList<IpFamily> DetectionChanges(NameOptions name) => [];

    public async Task<ProviderReply> SetAsync(NameOptions name, IpFamily family, AddressPair wanted, CancellationToken cancellationToken)
    {
        // The zone that the name lies in, and how short its records may be remembered.
        var (zones, problem) = await AskAsync(name, HttpMethod.Get, "domains/?owns_qname=" + Uri.EscapeDataString(name.Zone ?? name.Name), null, cancellationToken);
        if (problem is not null) return problem;
        if (zones.Items().FirstOrDefault() is var found && found.TextAt("name") is not { } zone || name.Name != zone && !name.Name.EndsWith("." + zone, StringComparison.Ordinal))
            return new ProviderReply(ProviderOutcome.Refused, $"deSEC knows no domain of yours that {name.Name} lies in.");
        var ttl = found.At("minimum_ttl") is { ValueKind: JsonValueKind.Number } minimum && minimum.TryGetInt32(out var seconds) ? Math.Clamp(seconds, 60, 86400) : 3600;
        var address = wanted[family];
        // A set without records is taken out.
        using var body = JsonAnswer.Body(json =>
        {
            json.WriteStartArray();
            json.WriteStartObject();
            json.WriteString("subname", name.Name.Length == zone.Length ? "" : name.Name[..^(zone.Length + 1)]);
            json.WriteString("type", family == IpFamily.V4 ? "A" : "AAAA");
            json.WriteNumber("ttl", ttl);
            json.WriteStartArray("records");
            if (address is not null) json.WriteStringValue(address.ToString());
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
        });
        (_, problem) = await AskAsync(name, HttpMethod.Patch, $"domains/{Uri.EscapeDataString(zone)}/rrsets/", body, cancellationToken);
        return problem ?? new ProviderReply(ProviderOutcome.Done, $"deSEC took {address?.ToString() ?? "the address out"}.").With(family, SentAddress.Of(address));
    }

    public Task<ProviderReply> DetectAsync(NameOptions name, CancellationToken cancellationToken) => CallerAddress.AskAsync(http, name.CheckIp ?? UsualCheckIp, cancellationToken);

    private async Task<(JsonElement Root, ProviderReply? Problem)> AskAsync(NameOptions name, HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(PlaceOf(name), path)) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Token", name.Token);
        var answer = await http.SendAsync(request, overV4: false, cancellationToken);
        if (answer.Trouble(Title) is { } trouble) return (default, trouble);
        return answer.Status switch
        {
            200 or 204 when answer.Body.Length == 0 && method != HttpMethod.Get => (default, null),
            200 when JsonAnswer.Root(answer.Body) is { } root => (root, null),
            401 or 403 => (default, new ProviderReply(ProviderOutcome.Refused, $"deSEC does not take the token. Make one at desec.io that may write this domain, and set \"{name.Key}.token\".")),
            404 => (default, new ProviderReply(ProviderOutcome.Refused, $"deSEC knows no domain of yours that {name.Name} lies in.")),
            400 => (default, new ProviderReply(ProviderOutcome.Refused, $"deSEC does not take a record for {name.Name}: is there another of that name, such as an alias?")),
            _ => (default, new ProviderReply(ProviderOutcome.Trouble, "deSEC answers something that is no answer, such as a page for people.")),
        };
    }
}

using System.Text.Json;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Providers;

/// <summary>
/// deSEC by its REST API (https://desec.readthedocs.io/en/latest/dns/rrsets.html), not by its dyndns2 interface, which takes one update a minute: too slow for two
/// families. Its terms forbid updates that change nothing.
/// </summary>
internal sealed class Desec(ProviderHttp http) : RestProvider(http, "deSEC", new("https://desec.io/api/v1/"), new("https://checkipv4.dedyn.io/"), "Token", TimeSpan.FromMinutes(2))
{
    public const string Key = "desec";

    public override async Task<ProviderReply> SetAsync(NameOptions name, IpFamily family, AddressPair wanted, CancellationToken cancellationToken) =>
        await WriteAsync(name, name.Name, TypeOf(family), wanted[family]?.ToString(), cancellationToken) ?? Took(family, wanted);

    public override async Task<ProviderReply> SetTextAsync(NameOptions name, string value, CancellationToken cancellationToken) =>
        await WriteAsync(name, name.ChallengeName, "TXT", $"\"{value}\"", cancellationToken) ?? TookText(isSet: true);

    public override async Task<ProviderReply> ClearTextAsync(NameOptions name, string value, CancellationToken cancellationToken) =>
        await WriteAsync(name, name.ChallengeName, "TXT", null, cancellationToken) ?? TookText(isSet: false);

    /// <summary>Makes a set of records the one, or none; the reply where it was not taken.</summary>
    private async Task<ProviderReply?> WriteAsync(NameOptions name, string owner, string type, string? record, CancellationToken cancellationToken)
    {
        // The zone that the name lies in, and how short its records may be remembered.
        var (zones, problem) = await AskAsync(name, HttpMethod.Get, "domains/?owns_qname=" + Uri.EscapeDataString(name.Zone ?? name.Name), null, cancellationToken);
        if (problem is not null) return problem;
        if (zones.Items().FirstOrDefault() is var found && found.TextAt("name") is not { } zone || name.Name != zone && !name.Name.EndsWith("." + zone, StringComparison.Ordinal))
            return KnowsNoDomain(name);
        var ttl = found.At("minimum_ttl") is { ValueKind: JsonValueKind.Number } minimum && minimum.TryGetInt32(out var seconds) ? Math.Clamp(seconds, 60, 86400) : 3600;
        // A set without records is taken out.
        using var body = JsonAnswer.Body(json =>
        {
            json.WriteStartArray();
            json.WriteStartObject();
            json.WriteString("subname", owner.Length == zone.Length ? "" : owner[..^(zone.Length + 1)]);
            json.WriteString("type", type);
            json.WriteNumber("ttl", ttl);
            json.WriteStartArray("records");
            if (record is not null) json.WriteStringValue(record);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
        });
        (_, problem) = await AskAsync(name, HttpMethod.Patch, $"domains/{Uri.EscapeDataString(zone)}/rrsets/", body, cancellationToken);
        return problem;
    }

    private ProviderReply KnowsNoDomain(NameOptions name) => Refuses($"knows no domain of yours that {name.Name} lies in.");

    private async Task<(JsonElement Root, ProviderReply? Problem)> AskAsync(NameOptions name, HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        var (answer, problem) = await SendAsync(name, method, path, body, cancellationToken);
        if (problem is not null) return (default, problem);
        return answer.Status switch
        {
            200 or 204 when answer.Body.Length == 0 && method != HttpMethod.Get => (default, null),
            200 when JsonAnswer.Root(answer.Body) is { } root => (root, null),
            401 or 403 => (default, Refuses($"does not take the token. Make one at desec.io that may write this domain, and set \"{name.Key}.token\".")),
            404 => (default, KnowsNoDomain(name)),
            400 => (default, RefusesRecord(name)),
            _ => (default, IsNoAnswer()),
        };
    }
}

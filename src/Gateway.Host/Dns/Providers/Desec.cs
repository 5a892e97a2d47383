using System.Text.Json;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Providers;

/// <summary>
/// deSEC by its REST API (https://desec.readthedocs.io/en/latest/dns/rrsets.html), not by its dyndns2 interface, which takes one update a minute: too slow for two
/// families. Its terms forbid updates that change nothing.
/// </summary>
internal sealed class Desec(ProviderHttp http) : RestProvider(http, "deSEC", new("https://desec.io/api/v1/"), new("https://checkipv4.dedyn.io/"), "Token", TimeSpan.FromMinutes(2)), ICaaProvider
{
    public const string Key = "desec";

    public override async Task<ProviderReply> SetAsync(NameOptions name, IpFamily family, AddressPair wanted, CancellationToken cancellationToken) =>
        await WriteAsync(name, name.Name, TypeOf(family), One(wanted[family]?.ToString()), cancellationToken) ?? Took(family, wanted);

    public override async Task<ProviderReply> SetTextAsync(NameOptions name, string value, CancellationToken cancellationToken) =>
        await WriteAsync(name, name.ChallengeName, "TXT", One($"\"{value}\""), cancellationToken) ?? TookText(isSet: true);

    public override async Task<ProviderReply> ClearTextAsync(NameOptions name, string value, CancellationToken cancellationToken) =>
        await WriteAsync(name, name.ChallengeName, "TXT", [], cancellationToken) ?? TookText(isSet: false);

    public async Task<(IReadOnlyList<CaaRecord> Records, ProviderReply? Problem)> ReadCaaAsync(NameOptions name, CancellationToken cancellationToken)
    {
        var (zone, _, problem) = await ZoneAsync(name, cancellationToken);
        if (problem is not null) return ([], problem);
        (var sets, problem) = await AskAsync(name, HttpMethod.Get, $"domains/{Uri.EscapeDataString(zone)}/rrsets/?subname={Uri.EscapeDataString(Below(name.Name, zone))}&type=CAA", null, cancellationToken);
        if (problem is not null) return ([], problem);
        var own = sets.Items().Where(s => s.TextAt("type") == "CAA" && s.TextAt("subname") == Below(name.Name, zone));
        return ([.. own.SelectMany(s => s.At("records")?.Items() ?? []).Select(r => CaaRecord.Parse(r.ValueKind == JsonValueKind.String ? r.GetString() : null))], null);
    }

    public async Task<ProviderReply> WriteCaaAsync(NameOptions name, IReadOnlyList<CaaRecord> records, CancellationToken cancellationToken) =>
        await WriteAsync(name, name.Name, "CAA", [.. records.Select(r => r.ToString())], cancellationToken) ?? new ProviderReply(ProviderOutcome.Done, "deSEC took the CAA records.");

    private static string[] One(string? record) => record is null ? [] : [record];

    /// <summary>What stands before the zone in a name; empty for the zone's own.</summary>
    private static string Below(string name, string zone) => name.Length == zone.Length ? "" : name[..^(zone.Length + 1)];

    /// <summary>The zone that the name lies in, and how short its records may be remembered, in seconds.</summary>
    private async Task<(string Zone, int Ttl, ProviderReply? Problem)> ZoneAsync(NameOptions name, CancellationToken cancellationToken)
    {
        var (zones, problem) = await AskAsync(name, HttpMethod.Get, "domains/?owns_qname=" + Uri.EscapeDataString(name.Zone ?? name.Name), null, cancellationToken);
        if (problem is not null) return ("", 0, problem);
        if (zones.Items().FirstOrDefault() is var found && found.TextAt("name") is not { } zone || name.Name != zone && !name.Name.EndsWith("." + zone, StringComparison.Ordinal))
            return ("", 0, KnowsNoDomain(name));
        return (zone, found.At("minimum_ttl") is { ValueKind: JsonValueKind.Number } minimum && minimum.TryGetInt32(out var seconds) ? Math.Clamp(seconds, 60, 86400) : 3600, null);
    }

    /// <summary>Makes a set of records these; the reply where it was not taken.</summary>
    private async Task<ProviderReply?> WriteAsync(NameOptions name, string owner, string type, IReadOnlyList<string> records, CancellationToken cancellationToken)
    {
        var (zone, ttl, problem) = await ZoneAsync(name, cancellationToken);
        if (problem is not null) return problem;
        // A set without records is taken out.
        using var body = JsonAnswer.Body(json =>
        {
            json.WriteStartArray();
            json.WriteStartObject();
            json.WriteString("subname", Below(owner, zone));
            json.WriteString("type", type);
            json.WriteNumber("ttl", ttl);
            json.WriteStartArray("records");
            foreach (var record in records) json.WriteStringValue(record);
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

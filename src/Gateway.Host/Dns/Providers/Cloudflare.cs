using System.Text.Json;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Providers;

/// <summary>
/// Cloudflare by its API v4 (https://developers.cloudflare.com/api/resources/dns/): find the zone, find the record, then change, make or delete it. Never proxied: connections
/// must reach this home with our key. The token needs Zone.Zone:Read and Zone.DNS:Edit.
/// </summary>
internal sealed class Cloudflare(ProviderHttp http)
    : RestProvider(http, "Cloudflare", new("https://api.cloudflare.com/client/v4/"), new("https://api.cloudflare.com/cdn-cgi/trace"), "Bearer", TimeSpan.FromMinutes(1)), ICaaProvider // whatever Cloudflare serves tells its callers how it sees them
{
    public const string Key = "cloudflare";

    /// <summary>In seconds; the shortest that it takes.</summary>
    private const int Ttl = 60;

    public override async Task<ProviderReply> SetAsync(NameOptions name, IpFamily family, AddressPair wanted, CancellationToken cancellationToken)
    {
        var (zone, problem) = await ZoneAsync(name, cancellationToken);
        if (problem is not null) return problem;
        var (type, address) = (TypeOf(family), wanted[family]);
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
        return Took(family, wanted);
    }

    /// <summary>Beside what others have put there.</summary>
    public override async Task<ProviderReply> SetTextAsync(NameOptions name, string value, CancellationToken cancellationToken)
    {
        var (records, ids, problem) = await TextsAsync(name, value, cancellationToken);
        if (problem is not null) return problem;
        if (ids.Length > 0) return TookText(isSet: true);
        using var body = JsonAnswer.Body(json =>
        {
            json.WriteStartObject();
            json.WriteString("type", "TXT");
            json.WriteString("name", name.ChallengeName);
            json.WriteString("content", Quoted(value));
            json.WriteNumber("ttl", Ttl);
            json.WriteEndObject();
        });
        (_, problem) = await AskAsync(name, HttpMethod.Post, records, body, cancellationToken);
        return problem ?? TookText(isSet: true);
    }

    public override async Task<ProviderReply> ClearTextAsync(NameOptions name, string value, CancellationToken cancellationToken)
    {
        var (records, ids, problem) = await TextsAsync(name, value, cancellationToken);
        foreach (var id in ids)
        {
            (_, problem) = await AskAsync(name, HttpMethod.Delete, $"{records}/{id}", null, cancellationToken);
            if (problem is not null) break;
        }
        return problem ?? TookText(isSet: false);
    }

    public async Task<(IReadOnlyList<CaaRecord> Records, ProviderReply? Problem)> ReadCaaAsync(NameOptions name, CancellationToken cancellationToken)
    {
        var (_, found, problem) = await CaaAsync(name, cancellationToken);
        return ([.. found.Select(f => f.Record)], problem);
    }

    /// <summary>The new ones first: in between there are more, never none.</summary>
    public async Task<ProviderReply> WriteCaaAsync(NameOptions name, IReadOnlyList<CaaRecord> records, CancellationToken cancellationToken)
    {
        var (place, found, problem) = await CaaAsync(name, cancellationToken);
        if (problem is not null) return problem;
        foreach (var record in records.Except(found.Select(f => f.Record)))
        {
            using var body = JsonAnswer.Body(json =>
            {
                json.WriteStartObject();
                json.WriteString("type", "CAA");
                json.WriteString("name", name.Name);
                json.WriteStartObject("data");
                json.WriteNumber("flags", record.Flags);
                json.WriteString("tag", record.Tag);
                json.WriteString("value", record.Value);
                json.WriteEndObject();
                json.WriteNumber("ttl", Ttl);
                json.WriteEndObject();
            });
            (_, problem) = await AskAsync(name, HttpMethod.Post, place, body, cancellationToken);
            if (problem is not null) return problem;
        }
        foreach (var (id, _) in found.Where(f => !records.Contains(f.Record) && IsId(f.Id)))
        {
            (_, problem) = await AskAsync(name, HttpMethod.Delete, $"{place}/{id}", null, cancellationToken);
            if (problem is not null) return problem;
        }
        return new ProviderReply(ProviderOutcome.Done, "Cloudflare took the CAA records.");
    }

    private async Task<(string Place, (string Id, CaaRecord Record)[] Found, ProviderReply? Problem)> CaaAsync(NameOptions name, CancellationToken cancellationToken)
    {
        var (zone, problem) = await ZoneAsync(name, cancellationToken);
        if (problem is not null) return ("", [], problem);
        var records = $"zones/{zone}/dns_records";
        (var list, problem) = await AskAsync(name, HttpMethod.Get, $"{records}?type=CAA&name={Uri.EscapeDataString(name.Name)}", null, cancellationToken);
        return (records, [.. list.Items().Where(r => r.TextAt("type") == "CAA" && string.Equals(r.TextAt("name"), name.Name, StringComparison.OrdinalIgnoreCase)).Select(r => (r.TextAt("id") ?? "", Of(r)))], problem);

        static CaaRecord Of(JsonElement record) => record.At("data") is { } data && data.At("flags") is { ValueKind: JsonValueKind.Number } flags && flags.TryGetInt32(out var number) && data.TextAt("tag") is { } tag
            ? new CaaRecord(number, tag, data.TextAt("value") ?? "") : CaaRecord.Parse(record.TextAt("content"));
    }

    /// <summary>Those of its TXT records that say this.</summary>
    private async Task<(string Records, string[] Ids, ProviderReply? Problem)> TextsAsync(NameOptions name, string value, CancellationToken cancellationToken)
    {
        var (zone, problem) = await ZoneAsync(name, cancellationToken);
        if (problem is not null) return ("", [], problem);
        var records = $"zones/{zone}/dns_records";
        (var list, problem) = await AskAsync(name, HttpMethod.Get, $"{records}?type=TXT&name={Uri.EscapeDataString(name.ChallengeName)}", null, cancellationToken);
        return (records, [.. list.Items().Where(r => r.TextAt("type") == "TXT" && string.Equals(r.TextAt("name"), name.ChallengeName, StringComparison.OrdinalIgnoreCase) && (r.TextAt("content") == Quoted(value) || r.TextAt("content") == value))
            .Select(r => r.TextAt("id")).OfType<string>().Where(IsId)], problem);
    }

    /// <summary>As a zone file has it.</summary>
    private static string Quoted(string value) => $"\"{value}\"";

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
        return ("", Refuses($"shows this token no domain that {name.Name} lies in. Give it Zone:Read and DNS:Edit for that domain."));
    }

    private async Task<(JsonElement Result, ProviderReply? Problem)> AskAsync(NameOptions name, HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        var (answer, problem) = await SendAsync(name, method, path, body, cancellationToken);
        if (problem is not null) return (default, problem);
        if (answer.Status is 401 or 403 || answer.Status == 400 && HasCode(answer.Body, 6003, 6111, 9106, 9109, 10000)) // all of them: the token is none, or may not
            return (default, Refuses($"does not take the token. It needs Zone:Read and DNS:Edit for this domain; set \"{name.Key}.token\"."));
        if (answer.Status is 200 && JsonAnswer.Root(answer.Body) is { } root && root.At("success") is { ValueKind: JsonValueKind.True }) return (root.At("result") ?? default, null);
        return (default, answer.Status is 400 && JsonAnswer.Root(answer.Body) is not null ? RefusesRecord(name) : IsNoAnswer());
    }

    private static bool HasCode(string body, params int[] codes) => JsonAnswer.Root(body)?.At("errors")?.Items().Any(e => e.At("code") is { ValueKind: JsonValueKind.Number } code && code.TryGetInt32(out var n) && codes.Contains(n)) == true;

    /// <summary>Ids go into addresses: nothing but letters and digits.</summary>
    private static bool IsId(string? id) => id is { Length: > 0 and <= 64 } && id.All(char.IsAsciiLetterOrDigit);
}

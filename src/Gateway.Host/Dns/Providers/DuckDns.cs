using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Providers;

/// <summary>
/// DuckDNS, as https://www.duckdns.org/spec.jsp says. Each family is sent by itself; the answer to <c>verbose</c> is four lines (<c>OK</c>, IPv4, IPv6, <c>UPDATED</c> or
/// <c>NOCHANGE</c>) and its address is compared. A record can only be taken out together with that of the other family, which is then set again.
/// </summary>
internal sealed class DuckDns(ProviderHttp http) : INameProvider
{
    public const string Key = "duckdns";

    private const string Ending = ".duckdns.org";
    private static readonly Uri Usual = new("https://www.duckdns.org/update");

    public string Title => "DuckDNS";

    public Uri PlaceOf(NameOptions name) => name.Endpoint ?? Usual;

    public TimeSpan? Refresh => TimeSpan.FromDays(1);

    public TimeSpan TakesUpTo => TimeSpan.FromSeconds(10);

    public IReadOnlyList<IpFamily> Changes(IpFamily family, AddressPair wanted) => wanted[family] is null ? AddressPair.Families : [family];

    public IReadOnlyList<IpFamily> DetectionChanges(NameOptions name) => [IpFamily.V4];

    public async Task<ProviderReply> SetAsync(NameOptions name, IpFamily family, AddressPair wanted, CancellationToken cancellationToken)
    {
        if (wanted[family] is not { } address)
        {
            var cleared = await AskAsync(name, "&clear=true", overV4: false, cancellationToken);
            return cleared.Problem ?? new ProviderReply(ProviderOutcome.Done, "DuckDNS took every address out.") { V4 = SentAddress.Nothing, V6 = SentAddress.Nothing };
        }
        // "ip" and "ipv6" each change one record; "ipv6" alone switches the detection of IPv4 off.
        var (said, problem) = await AskAsync(name, $"&{(family == IpFamily.V4 ? "ip" : "ipv6")}={address}", overV4: false, cancellationToken);
        if (problem is not null) return problem;
        if (said[family] is not { } echo) return new ProviderReply(ProviderOutcome.Trouble, $"DuckDNS said yes to {address} and named no address.");
        return (echo.Equals(address)
            ? new ProviderReply(ProviderOutcome.Done, $"DuckDNS took {address}.")
            : new ProviderReply(ProviderOutcome.Trouble, $"DuckDNS was told {address} and took {echo}.")).With(family, SentAddress.Of(echo));
    }

    /// <summary>An update without an address: DuckDNS takes the IPv4 address that the request comes from, and says which.</summary>
    public async Task<ProviderReply> DetectAsync(NameOptions name, CancellationToken cancellationToken)
    {
        var (said, problem) = await AskAsync(name, "", overV4: true, cancellationToken);
        if (problem is not null) return problem;
        return said.V4 is { } seen
            ? new ProviderReply(ProviderOutcome.Done, $"DuckDNS sees this home as {seen}.") { V4 = SentAddress.Of(seen), Seen = seen }
            : new ProviderReply(ProviderOutcome.Trouble, "DuckDNS said yes and named no address.");
    }

    /// <summary>There is one text for the name and every name below it.</summary>
    public async Task<ProviderReply> SetTextAsync(NameOptions name, string value, CancellationToken cancellationToken)
    {
        var (lines, problem) = await LinesAsync(name, $"&txt={Uri.EscapeDataString(value)}", overV4: false, cancellationToken);
        if (problem is not null) return problem;
        return IsYes(lines) && lines[1] == value ? new ProviderReply(ProviderOutcome.Done, "DuckDNS took the text.") : IsNoAnswer();
    }

    /// <summary>"clear" beside "txt" clears the text; without it, it would clear the addresses.</summary>
    public async Task<ProviderReply> ClearTextAsync(NameOptions name, string value, CancellationToken cancellationToken)
    {
        var (lines, problem) = await LinesAsync(name, "&txt=&clear=true", overV4: false, cancellationToken);
        if (problem is not null) return problem;
        return IsYes(lines) ? new ProviderReply(ProviderOutcome.Done, "DuckDNS took the text out.") : IsNoAnswer();
    }

    /// <summary>The answer about a text has three lines: its own, between those of every answer.</summary>
    private static bool IsYes(string[] lines) => lines is ["OK", _, "UPDATED" or "NOCHANGE", ..];

    private static ProviderReply IsNoAnswer() => new(ProviderOutcome.Trouble, "DuckDNS answers something that is no answer, such as a page for people.");

    private async Task<(AddressPair Said, ProviderReply? Problem)> AskAsync(NameOptions name, string what, bool overV4, CancellationToken cancellationToken)
    {
        var (lines, problem) = await LinesAsync(name, what, overV4, cancellationToken);
        if (problem is not null) return (default, problem);
        // Four lines and nothing but them: a page that has "OK" in it somewhere is no answer.
        return lines is ["OK", var v4, var v6, "UPDATED" or "NOCHANGE", ..] ? (new AddressPair(Parsed(v4, IpFamily.V4), Parsed(v6, IpFamily.V6)), null) : (default, IsNoAnswer());
    }

    /// <summary>The lines of an answer with status 200; none of another.</summary>
    private async Task<(string[] Lines, ProviderReply? Problem)> LinesAsync(NameOptions name, string what, bool overV4, CancellationToken cancellationToken)
    {
        var domain = name.Name.EndsWith(Ending, StringComparison.Ordinal) ? name.Name[..^Ending.Length] : name.Name;
        var query = $"?domains={Uri.EscapeDataString(domain)}&token={Uri.EscapeDataString(name.Token!)}{what}&verbose=true";
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(PlaceOf(name), query));
        var answer = await http.SendAsync(request, overV4, cancellationToken);
        if (answer.Trouble(Title) is { } trouble) return ([], trouble);
        var lines = answer.Body.Split('\n').Select(l => l.Trim()).ToArray();
        if (answer.Status == 200 && lines[0] == "KO")
        {
            return ([], new ProviderReply(ProviderOutcome.Refused,
                $"DuckDNS says no and gives no reason: it does not take the token, or the name {domain} does not belong to it. Copy the token from www.duckdns.org into \"{name.Key}.token\".") { IsAmbiguous = true });
        }
        return (answer.Status == 200 ? lines : [], null);
    }

    private static IPAddress? Parsed(string line, IpFamily family) => IPAddress.TryParse(line, out var address) && address.Family() == family ? address : null;
}

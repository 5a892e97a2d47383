using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Providers;

/// <summary>
/// The protocol of dyndns.com that many providers speak (https://help.dyn.com/remote-access-api/): one GET with a user and a password, one word as an answer. A request
/// tells all that the name shall say, both families in one <c>myip</c>, as ddclient does: what providers do with one family alone differs.
/// </summary>
internal sealed class DynDns2(ProviderHttp http) : INameProvider
{
    public const string Key = "dyndns2";

    public string Title => "The provider";

    public Uri PlaceOf(NameOptions name) => name.Endpoint!;

    /// <summary>Names that are silent for a month are taken away; telling them more often than needed is called abuse.</summary>
    public TimeSpan? Refresh => TimeSpan.FromDays(25);

    public TimeSpan TakesUpTo => TimeSpan.FromMinutes(5);

    public IReadOnlyList<IpFamily> Changes(IpFamily family, AddressPair wanted) => AddressPair.Families;

    public IReadOnlyList<IpFamily> DetectionChanges(NameOptions name) => name.CheckIp is null ? AddressPair.Families : [];

    public async Task<ProviderReply> SetAsync(NameOptions name, IpFamily family, AddressPair wanted, CancellationToken cancellationToken)
    {
        var (_, problem) = await AskAsync(name, wanted.All.Any() ? "&myip=" + string.Join(',', wanted.All) : "&offline=YES", wanted.All, overV4: false, cancellationToken);
        return problem ?? new ProviderReply(ProviderOutcome.Done, $"{Title} took {wanted}.") { V4 = SentAddress.Of(wanted.V4), V6 = SentAddress.Of(wanted.V6) };
    }

    /// <summary>An update without an address: the provider takes the one that the request comes from, and says which.</summary>
    public async Task<ProviderReply> DetectAsync(NameOptions name, CancellationToken cancellationToken)
    {
        if (name.CheckIp is { } other) return await CallerAddress.AskAsync(http, other, cancellationToken);
        var (said, problem) = await AskAsync(name, "", [], overV4: true, cancellationToken);
        if (problem is not null) return problem;
        return CallerAddress.Find(said) is { } seen
            ? new ProviderReply(ProviderOutcome.Done, $"{Title} sees this home as {seen}.") { V4 = SentAddress.Of(seen), V6 = SentAddress.Unknown, Seen = seen }
            : new ProviderReply(ProviderOutcome.Trouble, $"{Title} said yes and named no address. Set \"{name.Key}.checkip\".");
    }

    /// <summary>The protocol knows addresses and nothing else.</summary>
    public Task<ProviderReply> SetTextAsync(NameOptions name, string value, CancellationToken cancellationToken) => Task.FromResult(new ProviderReply(ProviderOutcome.NotPossible, "A provider that speaks dyndns2 sets no TXT records."));

    /// <inheritdoc />
    public Task<ProviderReply> ClearTextAsync(NameOptions name, string value, CancellationToken cancellationToken) => SetTextAsync(name, value, cancellationToken);

    private async Task<(string Said, ProviderReply? Problem)> AskAsync(NameOptions name, string what, IEnumerable<IPAddress> sent, bool overV4, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(PlaceOf(name), $"?hostname={Uri.EscapeDataString(name.Name)}{what}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name.User}:{name.Token}")));
        var answer = await http.SendAsync(request, overV4, cancellationToken);
        if (answer.Trouble(Title) is { } trouble) return ("", trouble);
        var words = answer.Body.Split('\n')[0].Split([' ', ',', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
        // Some say what they say with a status of 401 or 400; the word counts.
        return words.FirstOrDefault() switch
        {
            "good" or "nochg" when answer.Status == 200 => Took([.. words[1..].Select(w => IPAddress.TryParse(w, out var a) ? a : null).OfType<IPAddress>()], [.. sent], string.Join(' ', words[1..])),
            "badauth" => Refused($"does not take user and password. Set \"{name.Key}.user\" and \"{name.Key}.token\"."),
            "nohost" or "!yours" => Refused($"does not know the name {name.Name} in this account."),
            "notfqdn" => Refused($"does not take {name.Name} for a whole name."),
            "numhost" => Refused("takes this for too many names."),
            "abuse" => Refused("has blocked the name for too many updates. Unblock it there."),
            "!donator" => Refused("gives this only to who pays."),
            "badagent" => Refused("does not take this program."),
            "dnserr" or "911" => Trouble("is in trouble and says so."),
            _ when answer.Status is 401 or 403 => Refused($"does not take user and password. Set \"{name.Key}.user\" and \"{name.Key}.token\"."),
            _ => Trouble("answers something that is no answer, such as a page for people."),
        };
    }

    private (string Said, ProviderReply? Problem) Took(IPAddress[] echo, IPAddress[] sent, string said) =>
        echo.Length > 0 && sent.Length > 0 && !echo.Any(sent.Contains) ? Trouble($"was told {string.Join(" and ", (object[])sent)} and took {echo[0]}.") : (said, null);

    private (string, ProviderReply) Refused(string words) => ("", new ProviderReply(ProviderOutcome.Refused, $"{Title} {words}"));

    private (string, ProviderReply) Trouble(string words) => ("", new ProviderReply(ProviderOutcome.Trouble, $"{Title} {words}"));
}

using System.Net.Http.Headers;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Providers;

/// <summary>What providers with an API of resources have in common: each family is a record of its own, and whoever sees this home is asked apart.</summary>
internal abstract class RestProvider(ProviderHttp http, string title, Uri usual, Uri usualCheckIp, string scheme, TimeSpan takesUpTo) : INameProvider
{
    public string Title => title;

    public Uri PlaceOf(NameOptions name) => name.Endpoint is { } own ? new Uri(own.AbsoluteUri.TrimEnd('/') + "/") : usual;

    public TimeSpan? Refresh => null;

    public TimeSpan TakesUpTo => takesUpTo;

    public IReadOnlyList<IpFamily> Changes(IpFamily family, AddressPair wanted) => [family];

    public IReadOnlyList<IpFamily> DetectionChanges(NameOptions name) => [];

    public abstract Task<ProviderReply> SetAsync(NameOptions name, IpFamily family, AddressPair wanted, CancellationToken cancellationToken);

    public abstract Task<ProviderReply> SetTextAsync(NameOptions name, string value, CancellationToken cancellationToken);

    public abstract Task<ProviderReply> ClearTextAsync(NameOptions name, string value, CancellationToken cancellationToken);

    public Task<ProviderReply> DetectAsync(NameOptions name, CancellationToken cancellationToken) => CallerAddress.AskAsync(http, name.CheckIp ?? usualCheckIp, cancellationToken);

    protected static string TypeOf(IpFamily family) => family == IpFamily.V4 ? "A" : "AAAA";

    /// <summary>Asks with the token; the reply where there is no answer that may be read.</summary>
    protected async Task<(HttpAnswer Answer, ProviderReply? Problem)> SendAsync(NameOptions name, HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(PlaceOf(name), path)) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue(scheme, name.Token);
        var answer = await http.SendAsync(request, overV4: false, cancellationToken);
        return (answer, answer.Trouble(title));
    }

    protected ProviderReply Took(IpFamily family, AddressPair wanted) =>
        new ProviderReply(ProviderOutcome.Done, $"{title} took {wanted[family]?.ToString() ?? "the address out"}.").With(family, SentAddress.Of(wanted[family]));

    protected ProviderReply TookText(bool isSet) => new(ProviderOutcome.Done, $"{title} took the text{(isSet ? "" : " out")}.");

    protected ProviderReply Refuses(string words) => new(ProviderOutcome.Refused, $"{title} {words}");

    protected ProviderReply RefusesRecord(NameOptions name) => Refuses($"does not take a record for {name.Name}: is there another of that name, such as an alias?");

    protected ProviderReply IsNoAnswer() => new(ProviderOutcome.Trouble, $"{title} answers something that is no answer, such as a page for people.");
}

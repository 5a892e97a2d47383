using System.Net.Sockets;
using System.Security.Authentication;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates.Transparency;

/// <summary>The monitor did not tell. The words never repeat what it wrote.</summary>
internal sealed class MonitorException(string words, Exception? inner = null) : Exception(words, inner)
{
    /// <summary>How long it wants to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>
/// Asks a monitor of the certificate logs by Cert Spotter's API, version 1 (https://sslmate.com/help/reference/ct_search_api_v1): every certificate that has not ended, in the order
/// in which the monitor found them, a page at a time. TLS is checked, no redirect followed, no cookie kept; a page has 1 MB and 30 seconds. Throws <see cref="MonitorException"/>.
/// </summary>
internal sealed class MonitorClient(SettingsStore settings, TimeProvider time)
{
    /// <summary>In bytes. One with 250 certificates has about 200 KB.</summary>
    public const int LongestBody = 1024 * 1024;

    public const int MostEntries = 2000;

    /// <summary>For a request and its answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What the monitor found after <paramref name="after"/>; empty when that was the last.</summary>
    /// <param name="monitor">Where it is.</param>
    /// <param name="name">The name; those below it and wildcards are asked for too.</param>
    /// <param name="after">The last id that was had; empty for the beginning.</param>
    /// <param name="cancellationToken">Ends it by throwing.</param>
    public async Task<IReadOnlyList<LoggedCertificate>> PageAsync(Uri monitor, string name, string after, CancellationToken cancellationToken)
    {
        var who = monitor.Host;
        using var http = Client(settings.Current.Text(AcmeSettings.Ca)!);
        using var request = new HttpRequestMessage(HttpMethod.Get, Address(monitor, name, after));
        request.Headers.UserAgent.ParseAdd("Gateway/1 (home gateway)");
        request.Headers.Accept.ParseAdd("application/json");
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if ((int)response.StatusCode != 200) throw Refused(who, response);
            return Monitored.Read(await AuthorityHttp.BodyAsync(response.Content, LongestBody, either.Token) ?? throw new MonitorException($"{who} answers more than can be read."), name) ?? throw new MonitorException($"{who} answers something that is no list of certificates.");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested) { throw new MonitorException($"{who} does not answer in time.", e); }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            throw new MonitorException(e.InnerException is AuthenticationException ? $"Whoever answers in place of {who} cannot prove to be it." : $"{who} cannot be reached, or hangs up.", e);
        }
    }

    private static Uri Address(Uri monitor, string name, string after) => new UriBuilder(monitor)
    {
        Query = $"domain={Uri.EscapeDataString(name)}&include_subdomains=true&match_wildcards=true&expand=dns_names&expand=issuer" + (after.Length > 0 ? "&after=" + Uri.EscapeDataString(after) : ""),
    }.Uri;

    private MonitorException Refused(string who, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        return new MonitorException(status switch
        {
            429 => $"{who} was asked too often and wants to be left alone for a while.",
            >= 300 and < 400 => $"{who} sends us elsewhere instead of answering.",
            _ => $"{who} answers with error {status}.",
        }) { RetryAfter = AuthorityHttp.Wait(response.Headers.RetryAfter, time) };
    }

    /// <summary>A new one each time: it is used a few times a day, by whichever way leads out then.</summary>
    private HttpClient Client(string caFile)
    {
        ExtraRoots extra;
        try { extra = new ExtraRoots(caFile, time); }
        catch (Exception e) when (ExtraRoots.IsUnreadable(e)) { throw new MonitorException($"The file of \"{AcmeSettings.Ca}\" cannot be read as PEM.", e); }
        return AuthorityHttp.Client(extra, time);
    }
}

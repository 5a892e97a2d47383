using System.Net.Http.Headers;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates;

/// <summary>How certificate authorities and those who watch them are asked: TLS is checked, no redirect followed, no proxy asked, no cookie kept.</summary>
internal static class AuthorityHttp
{
    /// <summary>One connection at a time; the caller has the patience.</summary>
    /// <param name="extra">Who may vouch for the server besides the system's roots.</param>
    /// <param name="time">The clock.</param>
    public static HttpClient Client(ExtraRoots extra, TimeProvider time) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, UseCookies = false, UseProxy = false, MaxResponseHeadersLength = 16, MaxConnectionsPerServer = 1, // KB
        ConnectCallback = async (context, cancel) => await EagerConnection.OpenAsync(context.DnsEndPoint, null, time, cancel),
        SslOptions = extra.Options,
    }, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>How long the server wants to be left alone (RFC 9110 section 10.2.3); null when it does not say, or that is over.</summary>
    public static TimeSpan? Wait(RetryConditionHeaderValue? header, TimeProvider time) => (header?.Delta ?? header?.Date - time.GetUtcNow()) is { Ticks: > 0 } wait ? wait : null;

    /// <summary>The whole body; null when it is longer than <paramref name="most"/> bytes.</summary>
    public static async Task<byte[]?> BodyAsync(HttpContent content, int most, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > most) return null;
        using var body = new MemoryStream(); // grows with what comes, which is little
        using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (body.Length + read > most) return null;
            body.Write(buffer, 0, read);
        }
        return body.ToArray();
    }
}

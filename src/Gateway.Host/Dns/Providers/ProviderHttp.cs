using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Providers;

/// <summary>Why there is no answer.</summary>
internal enum HttpFailure
{
    /// <summary>There is one.</summary>
    None = 0,
    /// <summary>The host's name could not be resolved.</summary>
    NoName,
    /// <summary>Nobody is there, or hangs up.</summary>
    NoConnection,
    /// <summary>Somebody is there who cannot prove to be the one.</summary>
    NotTrusted,
    /// <summary>It takes too long.</summary>
    TooSlow,
}

/// <summary>An answer over HTTP, or why there is none.</summary>
/// <param name="Failure">Why there is none.</param>
/// <param name="Status">The status code.</param>
/// <param name="Body">At most <see cref="ProviderHttp.LongestBody"/> bytes of it, as UTF-8.</param>
internal sealed record HttpAnswer(HttpFailure Failure, int Status = 0, string Body = "")
{
    /// <summary>How long the server wants to be left alone (Retry-After in seconds), at most an hour.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The reply where there is no answer, or one that only says that the server is in trouble; null where it may be read.</summary>
    public ProviderReply? Trouble(string who) => this switch
    {
        { Failure: HttpFailure.NoName } => new(ProviderOutcome.NoAnswer, $"The address of {who} cannot be found out."),
        { Failure: HttpFailure.NoConnection } => new(ProviderOutcome.NoAnswer, $"{who} cannot be reached, or hangs up."),
        { Failure: HttpFailure.NotTrusted } => new(ProviderOutcome.NoAnswer, $"Whoever answers in place of {who} cannot prove to be it.") { IsNotTrusted = true },
        { Failure: HttpFailure.TooSlow } => new(ProviderOutcome.NoAnswer, $"{who} does not answer in time."),
        { Status: 429 } => new(ProviderOutcome.Trouble, $"{who} was asked too often and wants to be left alone for a while.") { RetryAfter = RetryAfter },
        { Status: >= 500 } => new(ProviderOutcome.Trouble, $"{who} is in trouble (error {Status}).") { RetryAfter = RetryAfter },
        { Status: >= 300 and < 400 } => new(ProviderOutcome.Trouble, $"{who} sends us elsewhere instead of answering."),
        _ => null,
    };
}

/// <summary>
/// Asks providers: certificates are checked as everywhere, no redirect is followed, no proxy asked, no cookie kept, and every request has a connection of its own, so that
/// it leaves by the way that counts now. Of an exception only its kind is told: addresses have tokens in them.
/// </summary>
internal sealed class ProviderHttp(TimeProvider time) : IDisposable
{
    /// <summary>In bytes; an answer of DuckDNS has 60.</summary>
    public const int LongestBody = 64 * 1024;

    /// <summary>For a request and its answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _any = Client(null, time);
    private readonly HttpClient _v4 = Client(IpFamily.V4, time);

    /// <summary>Never throws for what the network does.</summary>
    /// <param name="request">What to ask.</param>
    /// <param name="overV4">Over IPv4 and nothing else: the caller's address is the question.</param>
    /// <param name="cancellationToken">Ends it by throwing.</param>
    public async Task<HttpAnswer> SendAsync(HttpRequestMessage request, bool overV4, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        request.Headers.UserAgent.ParseAdd("Gateway/1 (home gateway)"); // dyndns2 wants to know who asks
        request.Headers.ConnectionClose = true;
        try
        {
            using var response = await (overV4 ? _v4 : _any).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var wait = response.Headers.RetryAfter?.Delta;
            return new HttpAnswer(HttpFailure.None, (int)response.StatusCode, await BodyAsync(response.Content, either.Token))
            {
                RetryAfter = wait is { } w && w > TimeSpan.Zero ? TimeSpan.FromTicks(Math.Min(w.Ticks, TimeSpan.TicksPerHour)) : null,
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { return new HttpAnswer(HttpFailure.TooSlow); }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            return new HttpAnswer(e switch
            {
                HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => HttpFailure.NoName,
                { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } } => HttpFailure.NoName,
                HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } or { InnerException: AuthenticationException } => HttpFailure.NotTrusted,
                _ => HttpFailure.NoConnection,
            });
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _any.Dispose();
        _v4.Dispose();
    }

    private static async Task<string> BodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestBody];
        using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(buffer, LongestBody, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    private static HttpClient Client(IpFamily? only, TimeProvider time) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        MaxResponseHeadersLength = 16, // KB
        ConnectCallback = async (context, cancel) => await EagerConnection.OpenAsync(context.DnsEndPoint, only, time, cancel),
    }, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
}

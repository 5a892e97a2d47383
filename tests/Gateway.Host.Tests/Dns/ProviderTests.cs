using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Dns;
using Gateway.Host.Dns.Providers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

/// <summary>What every provider has in common, and a stand-in for it.</summary>
public abstract class ProviderTests : IAsyncLifetime
{
    protected const string Token = "s3cret-t0ken";

    private protected static readonly AddressPair Both = new(Home, Six);
    private protected FakeTimeProvider Time { get; } = new();
    private protected ProviderHttp Http { get; private set; } = null!;
    private protected WebStandIn There { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Http = new ProviderHttp(Time);
        There = await WebStandIn.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await There.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected abstract INameProvider Provider { get; }

    private protected abstract NameOptions Name { get; }

    private protected Task<ProviderReply> SetAsync(IpFamily family, AddressPair wanted) => Provider.SetAsync(Name, family, wanted, default);

    private protected Asked Last => There.Requests.Last();

    [Theory]
    [InlineData(500, "Internal error", ProviderOutcome.Trouble)]
    [InlineData(503, "", ProviderOutcome.Trouble)]
    [InlineData(429, "", ProviderOutcome.Trouble)]
    [InlineData(302, "", ProviderOutcome.Trouble)]
    [InlineData(200, "<html><body>We are down for maintenance. OK? good</body></html>", ProviderOutcome.Trouble)]
    [InlineData(200, "", ProviderOutcome.Trouble)]
    [InlineData(200, "\0\u00ff[{", ProviderOutcome.Trouble)]
    public async Task What_is_no_answer_is_the_providers_trouble(int status, string body, object outcome)
    {
        There.Says(body, status);
        var reply = await SetAsync(IpFamily.V4, Both);
        Assert.Equal(outcome, reply.Outcome);
        Assert.DoesNotContain(Token, reply.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asks_to_be_left_alone_is_heard_within_reason()
    {
        There.Answer = (context, _) =>
        {
            (context.Response.StatusCode, context.Response.Headers.RetryAfter) = (429, "999999999");
            return Task.CompletedTask;
        };
        Assert.Equal(TimeSpan.FromHours(1), (await SetAsync(IpFamily.V4, Both)).RetryAfter);
    }

    [Fact]
    public async Task An_endless_answer_is_read_so_far_and_no_further()
    {
        There.Answer = async (context, _) =>
        {
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.WriteAsync(new string('x', 16384), context.RequestAborted);
        };
        Assert.Equal(ProviderOutcome.Trouble, (await SetAsync(IpFamily.V6, Both)).Outcome);
    }

    [Fact]
    public async Task Who_does_not_answer_is_not_waited_for_long()
    {
        There.Answer = (context, _) =>
        {
            Time.Advance(ProviderHttp.Patience);
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        Assert.Equal(ProviderOutcome.NoAnswer, (await SetAsync(IpFamily.V4, Both)).Outcome);
    }

    [Fact]
    public async Task Who_hangs_up_gave_no_answer()
    {
        There.Answer = (context, _) => { context.Abort(); return Task.CompletedTask; };
        var reply = await SetAsync(IpFamily.V4, Both);
        Assert.Equal(ProviderOutcome.NoAnswer, reply.Outcome);
        Assert.DoesNotContain(Token, reply.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_listens_there_is_no_answer()
    {
        await There.DisposeAsync();
        Assert.Equal(ProviderOutcome.NoAnswer, (await SetAsync(IpFamily.V4, Both)).Outcome);
    }

    [Fact]
    public async Task A_stranger_who_answers_in_the_providers_place_is_not_told_the_token()
    {
        // Whoever listens here speaks no TLS that anybody vouches for.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var heard = ListenAsync();
        var reply = await Provider.SetAsync(Name with { Endpoint = new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/") }, IpFamily.V4, Both, default);
        Assert.Equal(ProviderOutcome.NoAnswer, reply.Outcome);
        Assert.DoesNotContain(Token, await heard, StringComparison.Ordinal);

        async Task<string> ListenAsync()
        {
            using var client = await listener.AcceptTcpClientAsync();
            var buffer = new byte[4096];
            var length = await client.GetStream().ReadAsync(buffer);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 302 Found\r\nLocation: http://192.168.77.1/\r\n\r\n"));
            return Encoding.Latin1.GetString(buffer, 0, length);
        }
    }

    [Fact]
    public void Options_do_not_show_the_token() => Assert.DoesNotContain(Token, $"{Name}", StringComparison.Ordinal);
}

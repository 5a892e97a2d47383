using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Dns;
using Gateway.Host.Dns.Wire;
using static Gateway.Host.Tests.Dns.DnsStandIn;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

public sealed class ResolversMemoryTests : IAsyncDisposable
{
    private const string Name = "pycon.duckdns.org";

    private readonly DnsStandIn _system = new(), _other = new();
    private readonly DnsClient _client = new(TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _system.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task Each_resolver_says_what_it_remembers_and_for_how_much_longer()
    {
        _system.Answer = q => [Reply(q, flags: 0x80, answers: [A(Name, Home, 42)])];
        _other.Answer = q => [Reply(q, code: 2)];
        var answers = await new ResolversMemory(_client, new SystemResolver(_client, () => [_system.Address]), [("Elsewhere", _other.Address)]).AskAsync(Name, [IpFamily.V4], TestContext.Current.CancellationToken);
        Assert.Equal([("This network's resolver (127.0.0.1)", (TimeSpan?)TimeSpan.FromSeconds(42), "answers"), ("Elsewhere (127.0.0.1)", null, "fails (SERVFAIL)")], answers.Select(a => (a.Resolver, a.TimeToLive, a.Words)));
        Assert.Equal(Home, Assert.Single(answers[0].Addresses!));
        Assert.Null(answers[1].Addresses);
        Assert.All(_system.Questions.Concat(_other.Questions), q => Assert.Equal(1, q.Packet[2] & 1)); // RD: it may ask others
    }

    [Fact]
    public async Task That_there_is_none_is_an_answer_too()
    {
        _system.Answer = q => [Reply(q, flags: 0x80)];
        var answer = Assert.Single(await new ResolversMemory(_client, new SystemResolver(_client, () => [_system.Address]), []).AskAsync(Name, [IpFamily.V6], TestContext.Current.CancellationToken));
        Assert.Empty(answer.Addresses!);
        Assert.Null(answer.TimeToLive);
    }
}

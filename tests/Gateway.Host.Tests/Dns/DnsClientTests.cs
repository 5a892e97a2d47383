using System.Net;
using System.Net.Sockets;
using CsCheck;
using Gateway.Host.Dns.Wire;
using static Gateway.Host.Tests.Dns.DnsStandIn;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

public sealed class DnsClientTests : IAsyncDisposable
{
    private const string Name = "pycon.duckdns.org";

    private readonly DnsStandIn _server = new();
    private readonly DnsClient _client = new(TimeProvider.System);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task<DnsReply> AskAsync(DnsType type = DnsType.A, string name = Name) => _client.AskAsync(_server.Address, name, type, recursive: false, default);

    [Fact]
    public async Task An_answer_has_its_addresses_and_says_who_is_the_source()
    {
        _server.Answer = q => [Reply(q, answers: [A(Name, Home, 42)])];
        var reply = await AskAsync();
        Assert.Equal(DnsOutcome.Answered, reply.Outcome);
        Assert.True(reply.Message!.IsAuthoritative);
        var record = Assert.Single(reply.Message.Of(Name, DnsType.A));
        Assert.Equal((Home, TimeSpan.FromSeconds(42)), (record.Address, record.Ttl));
        _server.Answer = q => [Reply(q, flags: 0x80, answers: [A(Name, Six)])];
        reply = await AskAsync(DnsType.Aaaa);
        Assert.False(reply.Message!.IsAuthoritative);
        Assert.Equal(Six, Assert.Single(reply.Message.Of(Name, DnsType.Aaaa)).Address);
    }

    [Theory]
    [InlineData(2, DnsOutcome.Failed)]
    [InlineData(3, DnsOutcome.NoSuchName)]
    [InlineData(5, DnsOutcome.Refused)]
    [InlineData(1, DnsOutcome.Refused)]
    public async Task Codes_are_told_apart(int code, object outcome)
    {
        _server.Answer = q => [Reply(q, code)];
        Assert.Equal(outcome, (await AskAsync()).Outcome);
    }

    [Fact]
    public async Task An_answer_that_is_too_long_comes_over_TCP()
    {
        _server.Answer = q => [q.IsTcp ? Reply(q, answers: [.. Enumerable.Range(1, 60).Select(i => A(Name, new IPAddress([203, 0, 113, (byte)i])))]) : Reply(q, flags: 0x86)];
        Assert.Equal(60, (await AskAsync()).Message!.Of(Name, DnsType.A).Count());
        Assert.Equal([false, true], _server.Questions.Select(q => q.IsTcp));
    }

    [Fact]
    public async Task A_server_that_is_too_long_over_TCP_too_answers_nonsense()
    {
        _server.Answer = q => [Reply(q, flags: 0x86)];
        Assert.Equal(DnsOutcome.Malformed, (await AskAsync()).Outcome);
    }

    [Fact]
    public async Task Forged_answers_are_skipped_and_the_true_one_is_taken()
    {
        _server.Answer = q =>
        {
            var otherId = Reply(q, answers: [A(Name, Other)]);
            otherId[0] ^= 0x55;
            var otherName = Reply(q, answers: [A(Name, Other)]);
            otherName[13] = (byte)'x';
            var otherType = Reply(q, answers: [A(Name, Other)]);
            otherType[q.Packet.Length - 3] = 28;
            var question = Reply(q, flags: 0x04, answers: [A(Name, Other)]);
            return [otherId, otherName, otherType, question, [], [1], Reply(q, answers: [A(Name, Home)])];
        };
        Assert.Equal(Home, Assert.Single((await AskAsync()).Message!.Of(Name, DnsType.A)).Address);
    }

    [Fact]
    public async Task Whoever_floods_with_forged_answers_is_not_waited_for()
    {
        _server.Answer = q => Enumerable.Repeat(Reply(q with { Packet = [.. q.Packet.Select((b, i) => i == 0 ? (byte)~b : b)] }), 40);
        Assert.Equal(DnsOutcome.Malformed, (await AskAsync()).Outcome);
    }

    [Fact]
    public async Task Letters_case_in_the_answer_does_not_matter()
    {
        _server.Answer = q => [Reply(q with { Packet = [.. q.Packet.Select((b, i) => i > 12 && b is >= (byte)'a' and <= (byte)'z' ? (byte)(b - 32) : b)] }, answers: [A("PyCon.DuckDNS.org", Home)])];
        Assert.Equal(Home, Assert.Single((await AskAsync()).Message!.Of(Name, DnsType.A)).Address);
    }

    [Fact]
    public async Task Records_of_other_names_are_left_aside_and_aliases_followed()
    {
        _server.Answer = q => [Reply(q, answers: [A("elsewhere.example", Other), Record(Name, DnsType.Cname, 60, Wire("home.example")), A("home.example", Home)])];
        Assert.Equal(Home, Assert.Single((await AskAsync()).Message!.Of(Name, DnsType.A)).Address);
        _server.Answer = q => [Reply(q, answers: [Record(Name, DnsType.Cname, 60, Wire(Name))])];
        Assert.Empty((await AskAsync()).Message!.Of(Name, DnsType.A));
    }

    [Fact]
    public async Task A_negative_life_counts_as_none()
    {
        _server.Answer = q => [Reply(q, answers: [A(Name, Home, -5)])];
        Assert.Equal(TimeSpan.Zero, Assert.Single((await AskAsync()).Message!.Of(Name, DnsType.A)).Ttl);
    }

    [Fact]
    public async Task Pointers_are_followed_backwards_only()
    {
        _server.Answer = q => [Reply(q, answers: [[0xC0, 12, .. A("", Home).AsSpan(1)]])];
        Assert.Equal(Home, Assert.Single((await AskAsync()).Message!.Of(Name, DnsType.A)).Address);
        foreach (var pointer in new byte[][] { [0xC0, 35], [0xC0, 36], [0xFF, 0xFF], [1, (byte)'a', 0xC0, 35], [0x40, 0] })
        {
            _server.Answer = q => [Reply(q, answers: [[.. pointer, .. A("", Home).AsSpan(1)]])];
            Assert.Equal(DnsOutcome.Malformed, (await AskAsync()).Outcome);
        }
    }

    [Fact]
    public async Task What_names_have_in_them_is_fit_to_be_shown()
    {
        _server.Answer = q => [Reply(q, answers: [Record(q.Name, DnsType.NS, 60, [4, 27, (byte)'<', (byte)'N', (byte)'s', 0])])];
        Assert.Equal("??ns", Assert.Single((await AskAsync(DnsType.NS)).Message!.Of(Name, DnsType.NS)).Target);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(3)]
    public async Task An_address_of_a_wrong_length_makes_the_answer_nonsense(int length)
    {
        _server.Answer = q => [Reply(q, answers: [Record(Name, DnsType.A, 60, new byte[length])])];
        Assert.Equal(DnsOutcome.Malformed, (await AskAsync()).Outcome);
    }

    [Fact]
    public async Task More_records_than_any_honest_answer_has_are_nonsense()
    {
        _server.Answer = q => [Reply(q, answers: [.. Enumerable.Repeat(A(Name, Home), 65)])];
        Assert.Equal(DnsOutcome.Malformed, (await AskAsync()).Outcome);
    }

    [Fact]
    public async Task Where_nobody_listens_nobody_is_waited_for()
    {
        await _server.DisposeAsync();
        Assert.Equal(DnsOutcome.Unreachable, (await AskAsync()).Outcome);
    }

    [Fact]
    public async Task A_silent_server_is_asked_twice_with_other_numbers_and_then_given_up()
    {
        Assert.Equal(DnsOutcome.Silent, (await AskAsync()).Outcome);
        Assert.Equal(2, _server.Questions.Select(q => (q.Packet[0], q.Packet[1])).Distinct().Count());
    }

    [Fact]
    public async Task One_lost_packet_is_no_silence()
    {
        _server.Answer = q => _server.Questions.Count == 1 ? [] : [Reply(q, answers: [A(Name, Home)])];
        Assert.Equal(DnsOutcome.Answered, (await AskAsync()).Outcome);
    }

    [Fact]
    public async Task A_TCP_connection_that_ends_in_the_middle_is_nonsense_or_nobody()
    {
        var (socket, listener) = Ports();
        using var udp = new UdpClient { Client = socket };
        using var tcp = listener;
        var serving = Task.Run(async () =>
        {
            for (var turn = 0; turn < 2; turn++)
            {
                var got = await udp.ReceiveAsync();
                await udp.SendAsync(Reply(new DnsQuestion(got.Buffer, "", DnsType.A, false), flags: 0x86), got.RemoteEndPoint);
                using var client = await listener.AcceptTcpClientAsync();
                await client.GetStream().WriteAsync(new byte[] { 200, 0, 1, 2, 3 });
                client.Client.Shutdown(SocketShutdown.Send);
            }
        });
        var reply = await _client.AskAsync((IPEndPoint)listener.LocalEndpoint, Name, DnsType.A, recursive: false, default);
        Assert.Contains(reply.Outcome, new[] { DnsOutcome.Malformed, DnsOutcome.Unreachable });
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData("grün.example")]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901234.example")]
    public void What_is_no_name_is_not_asked_for(string name) => Assert.Throws<FormatException>(() => DnsMessage.Question(1, name, DnsType.A, true));

    [Fact]
    public void A_name_that_is_too_long_is_not_asked_for() => Assert.Throws<FormatException>(() => DnsMessage.Question(1, string.Join('.', Enumerable.Repeat("abcdefghi", 26)), DnsType.A, true));

    [Fact]
    public void No_packet_makes_the_reader_throw_or_hang()
    {
        var question = DnsMessage.Question(0x1234, Name, DnsType.A, recursive: false);
        var good = Reply(new DnsQuestion(question, Name, DnsType.A, false), answers: [[0xC0, 12, .. A("", Home).AsSpan(1)], Record(Name, DnsType.Cname, 60, [1, (byte)'x', 0xC0, 18])], authorities: [Record("duckdns.org", DnsType.NS, 60, [3, (byte)'n', (byte)'s', (byte)'1', 0xC0, 18]), Record("duckdns.org", DnsType.Soa, 60, new byte[22])]);
        Assert.NotNull(DnsMessage.Read(good, question.Length));
        Gen.Select(Gen.Int[question.Length, good.Length - 1], Gen.Byte, Gen.Int[question.Length, good.Length - 1], Gen.Byte, Gen.Int[question.Length, good.Length]).Sample((i, x, j, y, length) =>
        {
            var packet = good.ToArray();
            (packet[i], packet[j]) = (x, y);
            _ = DnsMessage.Read(packet.AsSpan(0, length), question.Length)?.Of(Name, DnsType.A).Count();
        }, iter: 200_000);
        Gen.Byte.Array[0, 512].Sample(bytes =>
        {
            byte[] packet = [.. good.AsSpan(0, question.Length), .. bytes];
            (packet[7], packet[9]) = (3, 3);
            _ = DnsMessage.IsAnswer(bytes, question);
            _ = DnsMessage.Read(packet, question.Length)?.Of(Name, DnsType.A).Count();
        }, iter: 100_000);
    }
}

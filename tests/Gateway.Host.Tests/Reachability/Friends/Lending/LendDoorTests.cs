using System.Buffers;
using System.IO.Pipelines;
using Gateway.Host.Core;
using Gateway.Host.Reachability.Friends.Lending;
using Gateway.Host.Tests.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Reachability.Friends.Lending;

/// <summary>What stands before TLS where something is lent: nobody is held up, nothing is lost, and nobody stays for nothing.</summary>
public sealed class LendDoorTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Who_does_not_end_his_hello_is_cut_after_ten_seconds_and_harms_only_himself()
    {
        await using var houses = await LendHouses.OpenAsync();
        await LendHouses.TellAsync(houses.Lender, HttpMethod.Post, LendHouses.Bo, "lending");
        var door = new LendDoor(houses.Lender.Get<Lendings>(), _time);
        var hello = await ClientHelloTests.HelloAsync(LendHouses.Lena);
        var (visitor, connection) = Connect();
        var serving = door.ServeAsync(connection, _ => throw new InvalidOperationException("It was handed on."));
        foreach (var b in hello[..20]) await visitor.WriteAsync(new[] { b });
        _time.Advance(LendDoor.Within);
        await serving.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.True(connection.ConnectionClosed.IsCancellationRequested);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    public async Task Who_asks_for_nobodys_name_but_ours_finds_every_byte_as_he_sent_it(int size)
    {
        await using var houses = await LendHouses.OpenAsync();
        await LendHouses.TellAsync(houses.Lender, HttpMethod.Post, LendHouses.Bo, "lending");
        var door = new LendDoor(houses.Lender.Get<Lendings>(), _time);
        foreach (var sent in new[] { await ClientHelloTests.HelloAsync(LendHouses.Lena), ClientHelloTests.InRecords(await ClientHelloTests.HelloAsync(LendHouses.Lena), 7), "GET / HTTP/1.1\r\n\r\n"u8.ToArray() })
        {
            var (visitor, connection) = Connect();
            byte[] found = [];
            var serving = door.ServeAsync(connection, async c =>
            {
                while (found.Length < sent.Length)
                {
                    var read = await c.Transport.Input.ReadAsync(); // also what came before
                    found = [.. found, .. read.Buffer.ToArray()];
                    c.Transport.Input.AdvanceTo(read.Buffer.End);
                }
            });
            foreach (var part in sent.Chunk(size)) await visitor.WriteAsync(part);
            await serving.WaitAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(sent, found);
        }
    }

    [Fact]
    public async Task What_came_through_a_tunnel_is_brought_no_further()
    {
        await using var houses = await LendHouses.OpenAsync();
        await LendHouses.TellAsync(houses.Lender, HttpMethod.Post, LendHouses.Bo, "lending");
        var door = new LendDoor(houses.Lender.Get<Lendings>(), _time);
        var (visitor, connection) = Connect();
        connection.Features.Set(new ClientOrigin(OriginKind.OutsideTunnel, null, "ssh"));
        await visitor.WriteAsync(await ClientHelloTests.HelloAsync(LendHouses.Bo));
        var isOurs = false;
        await door.ServeAsync(connection, _ =>
        {
            isOurs = true;
            return Task.CompletedTask;
        });
        Assert.True(isOurs);
    }

    private static (PipeWriter Visitor, ConnectionContext Connection) Connect()
    {
        Pipe there = new(), back = new();
        var closed = new CancellationTokenSource();
        var connection = new Here(closed) { Transport = new Duplex(there.Reader, back.Writer), ConnectionClosed = closed.Token };
        return (there.Writer, connection);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Here(CancellationTokenSource closed) : DefaultConnectionContext
    {
        public override void Abort(ConnectionAbortedException abortReason) => closed.Cancel();
    }
}

using System.IO.Pipelines;
using System.Net;
using Gateway.Host.Broker;
using Gateway.Host.Core;
using MQTTnet.Formatter;
using MQTTnet.Packets;

namespace Gateway.Host.Tests.Broker;

public sealed class ConnectionGateTests
{
    private static readonly ClientOrigin Neighbour = new(OriginKind.HomeNetwork, IPAddress.Parse("192.168.1.7"));

    [Fact]
    public void One_source_takes_its_own_places_and_nobody_elses()
    {
        var gate = new ConnectionGate(new BrokerLimits { ConnectionsPerSource = 3, HalfOpenPerSource = 2 });
        Assert.True(gate.TryEnter(Neighbour));
        Assert.True(gate.TryEnter(Neighbour));
        Assert.False(gate.TryEnter(Neighbour)); // two have not signed in
        gate.SignedIn(Neighbour);
        Assert.True(gate.TryEnter(Neighbour));
        gate.SignedIn(Neighbour);
        Assert.False(gate.TryEnter(Neighbour)); // three in all
        Assert.True(gate.TryEnter(new ClientOrigin(OriginKind.HomeNetwork, IPAddress.Parse("192.168.1.8"))));
        gate.Leave(Neighbour, signedIn: true);
        Assert.True(gate.TryEnter(Neighbour));
    }

    [Theory]
    [InlineData(OriginKind.OutsideDirect, false, true)]
    [InlineData(OriginKind.OutsideTunnel, false, true)]
    [InlineData(OriginKind.Unknown, false, true)]
    [InlineData(OriginKind.OutsideDirect, true, false)]
    [InlineData(OriginKind.HomeNetwork, false, false)]
    public async Task From_outside_nobody_is_listened_to_in_the_clear(OriginKind kind, bool encrypted, bool cut)
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        var (toBroker, fromBroker) = (new Pipe(), new Pipe());
        var wasCut = false;
        var connection = new MqttConnection(new Duplex(toBroker.Reader, fromBroker.Writer), new ClientOrigin(kind, IPAddress.Parse("198.51.100.7")), isWebSocket: encrypted, () => wasCut = true, TimeProvider.System)
        {
            IsEncrypted = encrypted,
        };
        await toBroker.Writer.WriteAsync(MqttCodec.Encode(new MqttConnectPacket { ClientId = "a", Username = "any", Password = "all"u8.ToArray(), CleanSession = true }, MqttProtocolVersion.V311));
        await toBroker.Writer.CompleteAsync();

        await gateway.Get<EmbeddedBroker>().ServeAsync(connection);

        Assert.Equal(cut, wasCut);
        Assert.Equal(cut, connection.Rights is null);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

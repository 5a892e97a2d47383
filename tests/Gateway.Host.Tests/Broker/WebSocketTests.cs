using System.Net.WebSockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MQTTnet;

namespace Gateway.Host.Tests.Broker;

public sealed class WebSocketTests
{
    [Fact]
    public async Task A_token_signs_in_over_a_web_socket_and_hears_the_others()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var browser = await gateway.ConnectAsync("all", door: o => o.WithWebSocketServer(w => w.WithUri($"ws://{gateway.Address.Authority}/mqtt")));
        await browser.SubscribeAsync("a", 1);
        await using var device = await gateway.ConnectAsync();
        for (var i = 0; i < 100; i++) await device.PublishAsync("a", $"{i}", qos: 1);
        for (var i = 0; i < 100; i++) Assert.Equal($"a {i}", await browser.NextTextAsync());
        await browser.DisconnectAsync();
    }

    [Fact]
    public async Task Without_a_token_nobody_comes_in_over_a_web_socket_not_even_in_the_demonstration_home()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var browser = await gateway.ConnectAsync(door: o => o.WithWebSocketServer(w => w.WithUri($"ws://{gateway.Address.Authority}/mqtt")));
        Assert.Equal(MqttClientConnectResultCode.NotAuthorized, browser.Answer.ResultCode);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Host", "evil.example")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Another_sites_page_is_turned_away(string header, string value)
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        socket.Options.SetRequestHeader(header, value);
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://{gateway.Address.Authority}/mqtt"), CancellationToken.None));
    }

    [Fact]
    public async Task A_text_frame_ends_the_connection()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        await socket.ConnectAsync(new Uri($"ws://{gateway.Address.Authority}/mqtt"), CancellationToken.None);
        // CONNECT as anybody would send it, in the wrong kind of frame.
        await socket.SendAsync("\u0010\u000d\u0000\u0004MQTT\u0004\u0002\u0000\u003c\u0000\u0001a"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        using var patience = new CancellationTokenSource(BrokerUnderTest.Patience);
        var answer = await socket.ReceiveAsync(new byte[16], patience.Token);
        Assert.Equal(WebSocketMessageType.Close, answer.MessageType);
    }

    [Fact]
    public async Task Half_a_packet_over_a_web_socket_leaves_nothing_behind()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        for (var i = 0; i < 200; i++)
        {
            using var socket = new ClientWebSocket();
            socket.Options.AddSubProtocol("mqtt");
            await socket.ConnectAsync(new Uri($"ws://{gateway.Address.Authority}/mqtt"), CancellationToken.None);
            await socket.SendAsync(new byte[] { 0x10 }, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            if (i % 2 == 0) await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            else socket.Abort();
        }
        await using var browser = await gateway.ConnectAsync("all", door: o => o.WithWebSocketServer(w => w.WithUri($"ws://{gateway.Address.Authority}/mqtt")));
        Assert.Equal(MqttClientConnectResultCode.Success, browser.Answer.ResultCode);
    }

    [Fact]
    public async Task A_web_socket_that_has_ended_is_never_cut_later()
    {
        var time = new FakeTimeProvider();
        await using var gateway = await BrokerUnderTest.StartAsync(s => s.AddSingleton<TimeProvider>(time));
        for (var i = 0; i < 20; i++)
        {
            using var socket = new ClientWebSocket();
            socket.Options.AddSubProtocol("mqtt");
            await socket.ConnectAsync(new Uri($"ws://{gateway.Address.Authority}/mqtt"), CancellationToken.None);
            await socket.SendAsync(new byte[] { 0x20 }, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        // Its request may be another one's by now.
        time.Advance(TimeSpan.FromMinutes(1));
    }
}

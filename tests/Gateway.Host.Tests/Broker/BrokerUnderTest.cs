using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Tests.Broker;

/// <summary>A gateway whose broker is reached as clients reach it: MQTTnet's client over TCP, WebSocket and the socket file, and bare sockets.</summary>
internal static class BrokerUnderTest
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Starts a gateway that knows the tokens <c>all</c>, and <c>narrow</c> for <c>home/#</c>; others are wrong.</summary>
    public static Task<GatewayUnderTest> StartAsync(Action<IServiceCollection>? configure = null, Dictionary<string, object>? settings = null, CancellationToken ended = default) =>
        GatewayUnderTest.StartAsync(services =>
        {
            services.AddSingleton<VerifyMqttToken>((token, _) => token switch
            {
                "all" => new MqttGrant("all", null, null) { Ended = ended },
                "narrow" => new MqttGrant("narrow", "home/#", null),
                _ => null,
            });
            configure?.Invoke(services);
        }, settings);

    public static int MqttPort(this GatewayUnderTest gateway) =>
        new Uri(gateway.Get<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Last(a => a.StartsWith("http://127", StringComparison.Ordinal))).Port;

    public static async Task<TestClient> ConnectAsync(this GatewayUnderTest gateway, string? token = null, Action<MqttClientOptionsBuilder>? options = null, Func<MqttClientOptionsBuilder, MqttClientOptionsBuilder>? door = null)
    {
        var client = new TestClient();
        await client.ConnectAsync(gateway, token, options, door);
        return client;
    }

    /// <summary>The door that only the gateway itself uses.</summary>
    public static MqttClientOptionsBuilder ThroughSocketFile(this MqttClientOptionsBuilder options, GatewayUnderTest gateway) =>
        options.WithEndPoint(new UnixDomainSocketEndPoint(Path.Combine(gateway.Folder, "mqtt.sock"))).WithAddressFamily(AddressFamily.Unix).WithProtocolType(ProtocolType.Unspecified);

    /// <summary>A bare connection over which anything may be said.</summary>
    public static async Task<Socket> DialAsync(this GatewayUnderTest gateway)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, gateway.MqttPort());
        return socket;
    }

    /// <summary>Reads until the other side closes.</summary>
    public static async Task<byte[]> ReadToEndAsync(this Socket socket)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var all = new MemoryStream();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and var read) all.Write(buffer, 0, read);
        }
        catch (SocketException)
        {
            // Reset is an end, too.
        }
        return all.ToArray();
    }

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<bool> isSo, string what)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo())
        {
            Assert.False(patience.IsCancellationRequested, "It never came to this: " + what);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}

/// <summary>MQTTnet's client, with what it received in a channel.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly Channel<MqttApplicationMessage> _received = Channel.CreateUnbounded<MqttApplicationMessage>();
    private readonly TaskCompletionSource<MqttClientDisconnectedEventArgs> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TestClient()
    {
        _client.ApplicationMessageReceivedAsync += e =>
        {
            _received.Writer.TryWrite(e.ApplicationMessage);
            return Task.CompletedTask;
        };
        _client.DisconnectedAsync += e =>
        {
            _ended.TrySetResult(e);
            return Task.CompletedTask;
        };
    }

    public MqttClientConnectResult Answer { get; private set; } = null!;

    /// <summary>How the broker ended the connection.</summary>
    public async Task<MqttClientDisconnectReason> EndedAsync() => (await _ended.Task.WaitAsync(BrokerUnderTest.Patience)).Reason;

    public async Task ConnectAsync(GatewayUnderTest gateway, string? token, Action<MqttClientOptionsBuilder>? options, Func<MqttClientOptionsBuilder, MqttClientOptionsBuilder>? door)
    {
        var builder = new MqttClientOptionsBuilder().WithProtocolVersion(MqttProtocolVersion.V500).WithTimeout(BrokerUnderTest.Patience);
        builder = door is null ? builder.WithEndPoint(new IPEndPoint(IPAddress.Loopback, gateway.MqttPort())) : door(builder);
        if (token is not null) builder.WithCredentials("anyone", token);
        options?.Invoke(builder);
        var built = builder.Build();
        // The library's default resets the connection at its end, and with it the DISCONNECT that may not have been read yet.
        if (built.ChannelOptions is MqttClientTcpOptions tcp) tcp.LingerState = new LingerOption(false, 0);
        Answer = await _client.ConnectAsync(built);
    }

    public Task<MqttClientPublishResult> PublishAsync(string topic, string payload, int qos = 0, bool retain = false, Action<MqttApplicationMessageBuilder>? more = null)
    {
        var builder = new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload).WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos).WithRetainFlag(retain);
        more?.Invoke(builder);
        return _client.PublishAsync(builder.Build());
    }

    public async Task<MqttClientSubscribeResultCode> SubscribeAsync(string filter, int qos = 0, Action<MqttTopicFilterBuilder>? more = null, uint identifier = 0)
    {
        var builder = new MqttTopicFilterBuilder().WithTopic(filter).WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos);
        more?.Invoke(builder);
        var result = await _client.SubscribeAsync(new MqttClientSubscribeOptions { TopicFilters = [builder.Build()], SubscriptionIdentifier = identifier });
        return result.Items.Single().ResultCode;
    }

    public Task UnsubscribeAsync(string filter) => _client.UnsubscribeAsync(filter);

    public async Task<MqttApplicationMessage> NextAsync()
    {
        using var patience = new CancellationTokenSource(BrokerUnderTest.Patience);
        return await _received.Reader.ReadAsync(patience.Token);
    }

    /// <summary>The next message as <c>topic payload</c>.</summary>
    public async Task<string> NextTextAsync()
    {
        var message = await NextAsync();
        return message.Topic + " " + Encoding.UTF8.GetString(message.Payload.ToArray());
    }

    /// <summary>Leaves politely.</summary>
    public Task DisconnectAsync() => _client.DisconnectAsync();

    /// <summary>Leaves without a word.</summary>
    public void Vanish() => _client.Dispose();

    public async ValueTask DisposeAsync()
    {
        if (_client.IsConnected) await _client.TryDisconnectAsync();
        _client.Dispose();
    }
}

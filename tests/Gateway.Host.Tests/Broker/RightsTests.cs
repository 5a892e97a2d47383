using Gateway.Host.Core;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;

namespace Gateway.Host.Tests.Broker;

public sealed class RightsTests
{
    [Fact]
    public async Task In_the_demonstration_home_a_client_of_this_machine_needs_no_password_but_a_wrong_one_is_wrong()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var open = await gateway.ConnectAsync();
        Assert.Equal(MqttClientConnectResultCode.Success, open.Answer.ResultCode);
        await using var wrong = await gateway.ConnectAsync("guess");
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, wrong.Answer.ResultCode);
        await using var right = await gateway.ConnectAsync("all");
        Assert.Equal(MqttClientConnectResultCode.Success, right.Answer.ResultCode);
    }

    [Fact]
    public async Task Below_the_gateways_topic_only_set_topics_are_open_and_all_may_be_heard()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var client = await gateway.ConnectAsync("all");
        Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS0, await client.SubscribeAsync("gateway/lights/+/set"));
        Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS0, await client.SubscribeAsync("gateway/nothing/#"));
        foreach (var topic in (string[])["gateway", "gateway/status", "gateway/lights/desk", "gateway/lights/desk/set/more", "gateway/lights/set", "$SYS/broker"])
            Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, (await client.PublishAsync(topic, "ON", qos: 1)).ReasonCode);
        Assert.False((await client.PublishAsync("gateway/status", "ON", qos: 2)).IsSuccess);
        await client.PublishAsync("gateway/lights/desk/set", "ON", qos: 1);
        Assert.Equal("gateway/lights/desk/set ON", await client.NextTextAsync());
    }

    [Fact]
    public async Task A_3_1_1_client_that_may_not_publish_is_answered_and_not_heard()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var client = await gateway.ConnectAsync("narrow", o => o.WithProtocolVersion(MqttProtocolVersion.V311));
        await using var listener = await gateway.ConnectAsync("all");
        await listener.SubscribeAsync("elsewhere/#");
        await listener.SubscribeAsync("home/#");
        await client.PublishAsync("elsewhere", "1", qos: 1, retain: true);
        await client.PublishAsync("elsewhere", "2", qos: 2);
        await client.PublishAsync("home/lamp", "3", qos: 2);
        Assert.Equal("home/lamp 3", await listener.NextTextAsync());
    }

    [Fact]
    public async Task A_narrow_token_neither_hears_nor_says_what_lies_outside()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var client = await gateway.ConnectAsync("narrow");
        Assert.Equal(MqttClientSubscribeResultCode.NotAuthorized, await client.SubscribeAsync("#"));
        Assert.Equal(MqttClientSubscribeResultCode.NotAuthorized, await client.SubscribeAsync("gateway/status"));
        Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS1, await client.SubscribeAsync("home/+/state", 1));
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, (await client.PublishAsync("gateway/lights/desk/set", "ON", qos: 1)).ReasonCode);
        Assert.Equal(MqttClientPublishReasonCode.NoMatchingSubscribers, (await client.PublishAsync("home/lamp", "ON", qos: 1)).ReasonCode);
    }

    [Fact]
    public async Task A_will_needs_the_same_rights()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var client = await gateway.ConnectAsync("narrow", o => o.WithWillTopic("gateway/status").WithWillPayload("offline"));
        Assert.Equal(MqttClientConnectResultCode.NotAuthorized, client.Answer.ResultCode);
    }

    [Fact]
    public async Task A_revoked_tokens_connection_ends_at_once_and_its_will_is_not_spoken()
    {
        using var revoked = new CancellationTokenSource();
        await using var gateway = await BrokerUnderTest.StartAsync(ended: revoked.Token);
        await using var listener = await gateway.ConnectAsync();
        foreach (var topic in (string[])["first", "last", "after"]) await listener.SubscribeAsync(topic);
        await using var client = await gateway.ConnectAsync("all", o => o.WithWillTopic("last").WithWillPayload("words"));
        await client.PublishAsync("first", "word");
        Assert.Equal("first word", await listener.NextTextAsync());
        await revoked.CancelAsync();
        Assert.Equal(MqttClientDisconnectReason.NotAuthorized, await client.EndedAsync());
        await using var other = await gateway.ConnectAsync();
        await other.PublishAsync("after", "that");
        Assert.Equal("after that", await listener.NextTextAsync());
    }

    [Fact]
    public async Task The_gateways_own_client_may_do_everything_and_learns_who_published()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var own = await gateway.ConnectAsync(door: o => o.ThroughSocketFile(gateway));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(gateway.Folder, "mqtt.sock")));
        await own.PublishAsync("gateway/status", "online", qos: 1, retain: true);
        await using var device = await gateway.ConnectAsync("narrow");
        await device.PublishAsync("home/config", "{}", qos: 1, retain: true, more: m => m.WithUserProperty(MqttPublisher.NameProperty, "gateway"u8.ToArray()).WithUserProperty("mine", "kept"u8.ToArray()));
        await own.SubscribeAsync("home/#");
        var announced = (await own.NextAsync()).UserProperties.Select(p => $"{p.Name}={p.ReadValueAsString()}");
        Assert.Equal("mine=kept gateway-publisher=token:narrow gateway-publisher-topics=home/#", string.Join(' ', announced));
        await device.SubscribeAsync("home/#");
        Assert.Equal("mine", Assert.Single((await device.NextAsync()).UserProperties).Name);
    }

    [Fact]
    public async Task Nobody_takes_the_gateways_session_nor_another_tokens()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var own = await gateway.ConnectAsync(options: o => o.WithClientId("own"), door: o => o.ThroughSocketFile(gateway));
        await using var thief = await gateway.ConnectAsync("all", o => o.WithClientId("own"));
        Assert.Equal(MqttClientConnectResultCode.ClientIdentifierNotValid, thief.Answer.ResultCode);

        await using var first = await gateway.ConnectAsync("all", o => o.WithClientId("device").WithCleanStart(false).WithSessionExpiryInterval(60));
        await first.SubscribeAsync("secret/#", 1);
        await first.DisconnectAsync();
        await own.PublishAsync("secret/1", "1", qos: 1);
        await using var second = await gateway.ConnectAsync("narrow", o => o.WithClientId("device").WithCleanStart(false).WithSessionExpiryInterval(60));
        Assert.False(second.Answer.IsSessionPresent);
    }

    [Fact]
    public async Task Without_a_token_a_configured_gateway_lets_nobody_in()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        var settings = gateway.Get<SettingsStore>();
        settings.Replace(new Settings(settings.Current.Values, isDemonstration: false));
        await using var client = await gateway.ConnectAsync();
        Assert.Equal(MqttClientConnectResultCode.NotAuthorized, client.Answer.ResultCode);
    }
}

using Gateway.Host.Broker;
using Gateway.Host.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Tests.Broker;

public sealed class SessionTests
{
    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task Messages_wait_for_a_client_that_comes_back(MqttProtocolVersion version)
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        void Lasting(MqttClientOptionsBuilder o)
        {
            o.WithProtocolVersion(version).WithClientId("sleeper").WithCleanStart(false);
            if (version == MqttProtocolVersion.V500) o.WithSessionExpiryInterval(600);
        }
        await using (var before = await gateway.ConnectAsync(options: Lasting))
        {
            await before.SubscribeAsync("a/#", 2);
            await before.DisconnectAsync();
        }
        await using var publisher = await gateway.ConnectAsync();
        await publisher.PublishAsync("a/0", "lost", qos: 0);
        await publisher.PublishAsync("a/1", "1", qos: 1);
        await publisher.PublishAsync("a/2", "2", qos: 2);
        await using var after = await gateway.ConnectAsync(options: Lasting);
        Assert.True(after.Answer.IsSessionPresent);
        Assert.Equal("a/1 1", await after.NextTextAsync());
        Assert.Equal("a/2 2", await after.NextTextAsync());
    }

    [Fact]
    public async Task All_retained_messages_come_however_many_there_are_and_new_ones_after_them()
    {
        const int Count = 10_000;
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var publisher = await gateway.ConnectAsync();
        var payload = new string('x', 1500);
        for (var i = 0; i < Count; i++) await publisher.PublishAsync($"many/{i}", payload, retain: true);
        await publisher.PublishAsync("done", "", qos: 1);
        await using var late = await gateway.ConnectAsync(door: o => o.ThroughSocketFile(gateway));
        await late.SubscribeAsync("many/#", 1);
        await publisher.PublishAsync("many/new", "new", qos: 1);
        var topics = new HashSet<string>(StringComparer.Ordinal);
        while (topics.Count <= Count) topics.Add((await late.NextAsync()).Topic);
        Assert.Contains("many/new", topics);
    }

    [Fact]
    public async Task A_clean_start_begins_anew()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var before = await gateway.ConnectAsync(options: o => o.WithClientId("x").WithCleanStart(false).WithSessionExpiryInterval(600));
        await before.SubscribeAsync("a", 1);
        await before.DisconnectAsync();
        await using var after = await gateway.ConnectAsync(options: o => o.WithClientId("x").WithCleanStart());
        Assert.False(after.Answer.IsSessionPresent);
        Assert.Equal(MqttClientPublishReasonCode.NoMatchingSubscribers, (await after.PublishAsync("a", "1", qos: 1)).ReasonCode);
    }

    [Fact]
    public async Task The_same_identifier_again_sends_the_older_connection_away()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var older = await gateway.ConnectAsync(options: o => o.WithClientId("x"));
        await using var newer = await gateway.ConnectAsync(options: o => o.WithClientId("x"));
        Assert.Equal(MqttClientDisconnectReason.SessionTakenOver, await older.EndedAsync());
        await newer.SubscribeAsync("a");
        await newer.PublishAsync("a", "1");
        Assert.Equal("a 1", await newer.NextTextAsync());
    }

    [Fact]
    public async Task A_will_is_spoken_when_its_client_vanishes_and_not_when_it_says_goodbye()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var listener = await gateway.ConnectAsync();
        await listener.SubscribeAsync("will/#");
        await using var polite = await gateway.ConnectAsync(options: o => o.WithWillTopic("will/polite").WithWillPayload("x"));
        await polite.DisconnectAsync();
        await using var other = await gateway.ConnectAsync(options: o => o.WithWillTopic("will/other").WithWillPayload("gone").WithWillRetain());
        other.Vanish();
        Assert.Equal("will/other gone", await listener.NextTextAsync());
    }

    [Fact]
    public async Task A_will_with_a_delay_is_not_spoken_when_its_client_comes_back_in_time()
    {
        var time = new FakeTimeProvider();
        await using var gateway = await BrokerUnderTest.StartAsync(s => s.AddSingleton<TimeProvider>(time));
        await using var listener = await gateway.ConnectAsync(options: o => o.WithNoKeepAlive());
        await listener.SubscribeAsync("will/#");
        await BrokerUnderTest.UntilAsync(() => gateway.Get<SessionRegistry>().Connected == 2, "the gateway's own client has come too");
        MqttClientOptionsBuilder Willing(MqttClientOptionsBuilder o, string id) => o.WithProtocolVersion(MqttProtocolVersion.V500).WithClientId(id).WithCleanStart(false)
            .WithSessionExpiryInterval(3600).WithWillTopic("will/" + id).WithWillPayload("gone").WithWillDelayInterval(60).WithNoKeepAlive();
        foreach (var id in new[] { "stays", "returns" })
        {
            var connected = gateway.Get<SessionRegistry>().Connected;
            var client = await gateway.ConnectAsync(options: o => Willing(o, id));
            client.Vanish();
            await BrokerUnderTest.UntilAsync(() => gateway.Get<SessionRegistry>().Connected == connected, "the broker has noticed that it is gone");
        }
        time.Advance(TimeSpan.FromSeconds(30));
        await using var back = await gateway.ConnectAsync(options: o => Willing(o, "returns"));

        time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal("will/stays gone", await listener.NextTextAsync());
        await listener.PublishAsync("will/end", "", qos: 1);
        Assert.Equal("will/end ", await listener.NextTextAsync());
    }

    [Fact]
    public async Task Retained_messages_survive_the_end_of_the_process_with_their_publisher_and_properties()
    {
        var folder = Directory.CreateTempSubdirectory("gw-").FullName;
        var copy = folder + "-copy";
        await using (var gateway = await GatewayUnderTest.StartAsync(folder: folder))
        {
            await using var client = await gateway.ConnectAsync();
            await client.PublishAsync("kept/a", "1", qos: 1, retain: true, more: m => m.WithUserProperty("unit", "C"u8.ToArray()).WithContentType("text/plain"));
            await client.PublishAsync("kept/b", "2", qos: 1, retain: true);
            await client.PublishAsync("kept/b", "", qos: 1, retain: true);
            var written = gateway.Get<Database>().Transactions;
            gateway.Get<Database>().Flush();
            Assert.Equal(written + 1, gateway.Get<Database>().Transactions);
            for (var i = 0; i < 100; i++) await client.PublishAsync("kept/a", "1", qos: 1, retain: true, more: m => m.WithUserProperty("unit", "C"u8.ToArray()).WithContentType("text/plain"));
            // What kill -9 would leave: the files as they are now.
            Directory.CreateDirectory(copy);
            foreach (var file in Directory.GetFiles(folder, "gateway.db*")) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }
        await using var again = await GatewayUnderTest.StartAsync(folder: copy);
        await using var late = await again.ConnectAsync(door: o => o.ThroughSocketFile(again));
        await late.SubscribeAsync("kept/#", 1);
        var message = await late.NextAsync();
        Assert.Equal("kept/a", message.Topic);
        Assert.Equal("text/plain", message.ContentType);
        Assert.Contains(message.UserProperties, p => p.Name == "unit" && p.ReadValueAsString() == "C");
        Assert.Contains(message.UserProperties, p => p.Name == MqttPublisher.NameProperty && p.ReadValueAsString() == "demonstration");
    }

    [Fact]
    public async Task Overlapping_subscriptions_deliver_once_with_the_highest_qos_and_every_identifier()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var client = await gateway.ConnectAsync();
        await client.SubscribeAsync("a/#", 0, identifier: 1);
        await client.SubscribeAsync("a/+", 2, identifier: 2);
        await client.SubscribeAsync("a/b", 1, identifier: 3);
        await client.PublishAsync("a/b", "1", qos: 2);
        await client.PublishAsync("a/end/x", "2");
        var message = await client.NextAsync();
        Assert.Equal(MqttQualityOfServiceLevel.ExactlyOnce, message.QualityOfServiceLevel);
        Assert.Equal([1u, 2u, 3u], message.SubscriptionIdentifiers.Order());
        Assert.Equal("a/end/x 2", await client.NextTextAsync());
        await client.UnsubscribeAsync("a/#");
        await client.UnsubscribeAsync("a/+");
        Assert.Equal(MqttClientPublishReasonCode.NoMatchingSubscribers, (await client.PublishAsync("a/c", "3", qos: 1)).ReasonCode);
    }

    [Fact]
    public async Task Subscription_options_of_MQTT_5_are_kept()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var client = await gateway.ConnectAsync();
        await client.PublishAsync("r/1", "old", qos: 1, retain: true);
        await client.SubscribeAsync("r/#", more: f => f.WithRetainHandling(MqttRetainHandling.DoNotSendOnSubscribe).WithRetainAsPublished());
        await client.SubscribeAsync("own", more: f => f.WithNoLocal());
        Assert.Equal(MqttClientSubscribeResultCode.SharedSubscriptionsNotSupported, await client.SubscribeAsync("$share/group/r"));
        await client.PublishAsync("own", "not for me");
        await client.PublishAsync("r/1", "new", retain: true);
        var message = await client.NextAsync();
        Assert.Equal("new", message.ConvertPayloadToString());
        Assert.True(message.Retain);
    }

    [Fact]
    public async Task A_message_is_not_delivered_after_its_time()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var client = await gateway.ConnectAsync();
        await client.PublishAsync("t/1", "short", qos: 1, retain: true, more: m => m.WithMessageExpiryInterval(1));
        await client.PublishAsync("t/2", "long", qos: 1, retain: true, more: m => m.WithMessageExpiryInterval(1000));
        var retained = gateway.Get<RetainedMessages>();
        await BrokerUnderTest.UntilAsync(() => retained.Matching("t/1").Count == 0, "the message is over");
        await client.SubscribeAsync("t/#");
        var message = await client.NextAsync();
        Assert.Equal("t/2", message.Topic);
        Assert.InRange(message.MessageExpiryInterval, 900u, 1000u);
    }

    [Fact]
    public async Task A_client_that_does_not_acknowledge_gets_no_more_than_it_said_it_takes()
    {
        await using var gateway = await BrokerUnderTest.StartAsync(s => s.AddSingleton(new BrokerLimits { QueuedMessages = 5 }));
        using var socket = await gateway.DialAsync();
        // CONNECT with Receive Maximum 2, then SUBSCRIBE to "a" with QoS 1; no PUBACK ever.
        await socket.SendAsync(Convert.FromHexString("1013" + "00044D5154540502" + "003C" + "03210002" + "00037A7A7A"));
        await socket.SendAsync(Convert.FromHexString("8207" + "0001" + "00" + "000161" + "01"));
        await using var publisher = await gateway.ConnectAsync();
        var index = gateway.Get<SubscriptionIndex>();
        await BrokerUnderTest.UntilAsync(() => index.RoutesOf("a").Length == 1, "subscribed");
        for (var i = 0; i < 50; i++) await publisher.PublishAsync("a", "m", qos: 1);
        var buffer = new byte[4096];
        var text = "";
        using var patience = new CancellationTokenSource(BrokerUnderTest.Patience);
        while (text.Split("3207000161").Length < 3) text += Convert.ToHexString(buffer.AsSpan(0, await socket.ReceiveAsync(buffer, patience.Token)));
        await publisher.PublishAsync("a", "m", qos: 1);
        Assert.Equal(0, socket.Available);
        Assert.Equal(3, text.Split("3207000161").Length);
    }
}

using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Gateway.Host.Tests.Broker;

public sealed class DeliveryTests
{
    [Theory]
    [InlineData(MqttProtocolVersion.V311, 0)]
    [InlineData(MqttProtocolVersion.V311, 1)]
    [InlineData(MqttProtocolVersion.V311, 2)]
    [InlineData(MqttProtocolVersion.V500, 0)]
    [InlineData(MqttProtocolVersion.V500, 1)]
    [InlineData(MqttProtocolVersion.V500, 2)]
    public async Task A_message_reaches_who_subscribed_in_the_order_it_was_sent(MqttProtocolVersion version, int qos)
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var subscriber = await gateway.ConnectAsync(options: o => o.WithProtocolVersion(version));
        await using var publisher = await gateway.ConnectAsync(options: o => o.WithProtocolVersion(version));
        await subscriber.SubscribeAsync("room/+/temperature", qos);
        for (var i = 0; i < 50; i++) await publisher.PublishAsync("room/kitchen/temperature", $"{i}", qos);
        await publisher.PublishAsync("room/kitchen/humidity", "no", qos);
        for (var i = 0; i < 50; i++)
        {
            var message = await subscriber.NextAsync();
            Assert.Equal($"{i}", message.ConvertPayloadToString());
            Assert.Equal((MqttQualityOfServiceLevel)qos, message.QualityOfServiceLevel);
            Assert.False(message.Retain);
        }
    }

    [Fact]
    public async Task A_retained_message_is_there_for_who_comes_later_until_it_is_cleared()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        await using var publisher = await gateway.ConnectAsync();
        await publisher.PublishAsync("kept/one", "1", qos: 1, retain: true);
        await using (var late = await gateway.ConnectAsync())
        {
            await late.SubscribeAsync("kept/#");
            var message = await late.NextAsync();
            Assert.Equal("kept/one", message.Topic);
            Assert.True(message.Retain);
        }
        await publisher.PublishAsync("kept/one", "", qos: 1, retain: true);
        await using var latest = await gateway.ConnectAsync();
        await latest.SubscribeAsync("kept/#");
        await publisher.PublishAsync("kept/two", "2");
        Assert.Equal("kept/two 2", await latest.NextTextAsync());
    }
}

using System.Collections.Concurrent;
using System.Text;
using Gateway.Devices.Mqtt;
using Microsoft.Extensions.Logging.Abstractions;
using static Gateway.Devices.Tests.Mqtt.Announcements;

namespace Gateway.Devices.Tests.Mqtt;

public sealed class MqttLightTests : IAsyncDisposable
{
    private readonly LightRegistry _registry = new(TimeProvider.System, NullLogger<LightRegistry>.Instance);
    private readonly BlockingCollection<MqttMessage> _sent = [];

    public async ValueTask DisposeAsync()
    {
        await _registry.DisposeAsync();
        _sent.Dispose();
    }

    [Fact]
    public async Task A_brightness_that_comes_first_does_not_switch_the_light_on()
    {
        var light = await AddAsync("""{"cmd_t":"l/set","stat_t":"l/state","bri_cmd_t":"l/bri","bri_stat_t":"l/bri/state"}""");
        light.Receive("l/bri/state", "100"u8);
        Assert.Null(_registry.Find("x")!.Reported?.On);
        light.Receive("l/state", "OFF"u8);
        Assert.Equal((false, (byte?)100), (_registry.Find("x")!.Reported!.On, _registry.Find("x")!.Reported!.Brightness));
        light.Receive("l/bri/state", "200"u8);
        Assert.False(_registry.Find("x")!.Reported!.On);
    }

    [Fact]
    public async Task A_light_without_a_state_topic_is_sent_never_confirmed()
    {
        await AddAsync("""{"cmd_t":"l/set"}""");
        _registry.Command("x", new LightState { On = true });
        Assert.Equal("ON", Encoding.UTF8.GetString(Sent().Payload.Span));
        Assert.True(SpinWait.SpinUntil(() => _registry.Find("x")!.Confirmation == Confirmation.Sent, TimeSpan.FromSeconds(30)));
        Assert.Null(_registry.Find("x")!.Reported);
    }

    [Fact]
    public async Task A_dimmer_that_tells_only_on_and_off_is_confirmed_by_that()
    {
        var light = await AddAsync("""{"cmd_t":"l/set","stat_t":"l/state","bri_cmd_t":"l/bri"}""");
        _registry.Command("x", new LightState { On = true, Brightness = 40 });
        Assert.Equal("l/bri", Sent().Topic);
        Assert.Equal("l/set", Sent().Topic);
        light.Receive("l/state", "ON"u8);
        Assert.Equal((Confirmation.Confirmed, (byte?)40), (_registry.Find("x")!.Confirmation, _registry.Find("x")!.Reported!.Brightness));
    }

    [Fact]
    public async Task It_says_why_it_is_not_available()
    {
        var light = await AddAsync("""{"cmd_t":"l/set","avty_t":"l/online"}""");
        Assert.Equal("It has not said yet that it is online.", _registry.Find("x")!.Reason);
        light.Receive("l/online", "online"u8);
        Assert.True(_registry.Find("x")!.Available);
        light.SetAbsent(true);
        Assert.Equal("The broker no longer has its announcement.", _registry.Find("x")!.Reason);
        light.SetConnected(false);
        Assert.Equal("The MQTT broker is not reached.", _registry.Find("x")!.Reason);
        light.SetAbsent(false);
        light.SetConnected(true);
        Assert.Equal("It has not said yet that it is online.", _registry.Find("x")!.Reason);
    }

    [Fact]
    public async Task A_refused_light_is_there_and_sends_nothing()
    {
        await AddAsync("""{"cmd_t":"gateway/status"}""");
        _registry.Command("x", new LightState { On = true });
        Assert.Contains("gateway's own", _registry.Find("x")!.Reason, StringComparison.Ordinal);
        Assert.Empty(_sent);
    }

    private MqttMessage Sent()
    {
        Assert.True(_sent.TryTake(out var message, TimeSpan.FromSeconds(30)));
        return message;
    }

    private async Task<MqttLight> AddAsync(string json)
    {
        var light = new MqttLight(ReadOne(json), (message, _) =>
        {
            _sent.Add(message, CancellationToken.None);
            return ValueTask.CompletedTask;
        });
        light.SetConnected(true);
        await _registry.AddAsync("x", "X", null, "mqtt", light);
        return light;
    }
}

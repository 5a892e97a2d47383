using Gateway.Devices.Mqtt;
using static Gateway.Devices.Tests.Mqtt.Announcements;

namespace Gateway.Devices.Tests.Mqtt;

/// <summary>A device must not make the gateway publish where it may not publish itself.</summary>
public sealed class MqttTopicRightsTests
{
    private static string Light(string command, string? state = null, string? availability = null) =>
        $$"""{"cmd_t":"{{command}}"{{(state is null ? "" : $",\"stat_t\":\"{state}\"")}}{{(availability is null ? "" : $",\"avty_t\":\"{availability}\"")}}}""";

    [Theory]
    [InlineData("zigbee2mqtt/lamp/set", "zigbee2mqtt/lamp")]
    [InlineData("zigbee2mqtt/room/lamp/set", "zigbee2mqtt/room/lamp")]
    [InlineData("cmnd/lamp/POWER", "tele/lamp/STATE")]
    [InlineData("lamp/cmnd/POWER", "lamp/stat/RESULT")]
    [InlineData("desk/light/strip/command", "desk/light/strip/state")]
    [InlineData("lamp/set", "lamp/state")]
    [InlineData("wled/abc", "wled/abc/g")]
    [InlineData("homeassistant/light/lamp/set", "homeassistant/light/lamp/state")]
    [InlineData("anything/at/all", null)]
    public void A_light_may_be_commanded_beside_its_own_topics(string command, string? state) => Assert.Null(ReadOne(Light(command, state)).Refusal);

    [Theory]
    [InlineData("zigbee2mqtt/door/set", "zigbee2mqtt/lamp")]
    [InlineData("zigbee2mqtt/door/set", "zigbee2mqtt/lamp/state")]
    [InlineData("cmnd/door/POWER", "tele/lamp/STATE")]
    [InlineData("alarm/disarm", "zigbee2mqtt/lamp")]
    [InlineData("gateway/lights/desk/set", "gateway2/lights/desk")]
    [InlineData("gateway", null)]
    [InlineData("gateway/status", null)]
    [InlineData("zigbee2mqtt/bridge/request/permit_join", "zigbee2mqtt/bridge/state")]
    [InlineData("zwave/_CLIENTS/ZWAVE_GATEWAY-x/api/startInclusion/set", null)]
    [InlineData("homeassistant/light/other/config", null)]
    [InlineData("homeassistant/light/lamp/config", null)]
    [InlineData("homeassistant/status", null)]
    public void And_nowhere_else(string command, string? state) => Assert.NotNull(ReadOne(Light(command, state)).Refusal);

    [Fact]
    public void A_light_is_not_heard_on_the_gateways_own_topics()
    {
        Assert.NotNull(ReadOne(Light("lamp/set", "gateway/lights/desk")).Refusal);
        Assert.NotNull(ReadOne(Light("lamp/set", "lamp/state", "gateway/status")).Refusal);
    }

    [Fact]
    public void Where_the_broker_tells_the_announcers_rights_they_count()
    {
        static bool MayLamp(string topic) => topic.StartsWith("lamp/", StringComparison.Ordinal);
        Assert.Null(ReadOne(Light("lamp/a/b/c", "lamp/x/y/z"), mayPublish: MayLamp).Refusal);
        Assert.Null(ReadOne(Light("lamp/set"), mayPublish: MayLamp).Refusal);
        // A topic is not its own because it says so.
        Assert.NotNull(ReadOne(Light("door/lock/set", "door/lock"), mayPublish: MayLamp).Refusal);
        Assert.NotNull(ReadOne(Light("door/set"), mayPublish: MayLamp).Refusal);
        // And never, whatever the announcer may:
        Assert.NotNull(ReadOne(Light("zigbee2mqtt/bridge/request/restart"), mayPublish: _ => true).Refusal);
        Assert.NotNull(ReadOne(Light("gateway/lights/desk/set"), mayPublish: _ => true).Refusal);
    }

    [Fact]
    public void Every_part_of_a_light_is_judged() =>
        Assert.NotNull(ReadOne("""{"cmd_t":"lamp/set","stat_t":"lamp/state","bri_cmd_t":"zigbee2mqtt/bridge/request/remove"}""").Refusal);
}

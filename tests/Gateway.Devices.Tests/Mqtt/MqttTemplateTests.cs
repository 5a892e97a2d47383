using System.Text;
using Gateway.Devices.Mqtt;

namespace Gateway.Devices.Tests.Mqtt;

public sealed class MqttTemplateTests
{
    [Theory]
    [InlineData("{{ value_json.state }}", "online")]
    [InlineData("{{value_json.state}}", "online")]
    [InlineData("{{- value_json.state -}}", "online")]
    [InlineData("{{ value_json.a.b.c }}", "7.5")]
    [InlineData("{{ value_json['a']['b'].c }}", "7.5")]
    [InlineData("{{ value_json[\"list\"][1] }}", "two")]
    [InlineData("{{ value_json.list[0] }}", "1")]
    [InlineData("{{ value_json.list[9] }}", "")]
    [InlineData("{{ value_json.list[99999999999] }}", null)]
    [InlineData("{{ value_json. }}", null)]
    [InlineData("{{ value_json.a. }}", null)]
    [InlineData("{{ value_json[ }}", null)]
    [InlineData("{{ . }}", null)]
    [InlineData("{{ value_json.yes }}", "True")]
    [InlineData("{{ value_json.no }}", "False")]
    [InlineData("{{ value_json.nothing }}", "None")]
    [InlineData("{{ value_json.absent.deeper }}", "")]
    [InlineData("ON", "ON")]
    [InlineData("{{ 'ON' }}", "ON")]
    [InlineData("{{ 42 }}", "42")]
    [InlineData("is {{ value_json.state }}!", "is online!")]
    [InlineData("{{ value_json.a.b.c | int }}", null)]
    [InlineData("{{ value_json.a.b.c * 2 }}", null)]
    [InlineData("{{ 'a' if value_json.yes else 'b' }}", null)]
    [InlineData("{{ value_json.get('state') }}", null)]
    [InlineData("{{ states('light.x') }}", null)]
    [InlineData("{% set x = 1 %}{{ x }}", null)]
    [InlineData("{# note #}", null)]
    [InlineData("{{ value_json.state", null)]
    [InlineData("}} {{", null)]
    public void Paths_and_constants_are_understood_and_nothing_else(string template, string? expected)
    {
        const string payload = """{"state":"online","a":{"b":{"c":7.5}},"list":[1,"two"],"yes":true,"no":false,"nothing":null}""";
        if (expected is null) Assert.Throws<AnnouncementException>(() => MqttTemplate.Parse("value_template", template));
        else Assert.Equal(expected, MqttTemplate.Parse("value_template", template).Render(Encoding.UTF8.GetBytes(payload)));
    }

    [Fact]
    public void A_payload_that_is_not_json_has_no_parts() => Assert.Equal("", MqttTemplate.Parse("t", "{{ value_json.state }}").Render("online"u8));

    [Fact]
    public void A_command_is_put_together_of_its_parts() => Assert.Equal("{\"r\": 1, \"v\": 1,2}", MqttTemplate.Parse("t", "{\"r\": {{ red }}, \"v\": {{ value }}}").Render("1,2", ("red", 1), ("green", 2)));
}

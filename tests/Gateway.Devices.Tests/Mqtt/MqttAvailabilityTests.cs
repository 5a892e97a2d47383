using System.Text;
using static Gateway.Devices.Tests.Mqtt.Announcements;

namespace Gateway.Devices.Tests.Mqtt;

public sealed class MqttAvailabilityTests
{
    [Theory]
    [InlineData("all", "a=online", null)]
    [InlineData("all", "a=online b=online", true)]
    [InlineData("all", "a=online b=offline", false)]
    [InlineData("any", "a=online b=offline", true)]
    [InlineData("any", "a=offline", null)]
    [InlineData("any", "a=offline b=offline", false)]
    [InlineData("latest", "a=online b=offline", false)]
    [InlineData("latest", "a=offline b=online", true)]
    [InlineData("latest", "", null)]
    [InlineData("latest", "a=online a=nonsense c=offline", true)]
    public void Several_topics_count_together_as_the_mode_says(string mode, string said, bool? available)
    {
        var light = ReadOne($$"""{"cmd_t":"l/set","avty":[{"t":"l/a"},{"t":"l/b"}],"avty_mode":"{{mode}}"}""");
        foreach (var word in said.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w.Split('='))) light.Availability.Receive("l/" + word[0], Encoding.UTF8.GetBytes(word[1]));
        Assert.Equal(available, light.Availability.IsAvailable);
        light.Availability.Forget();
        Assert.Null(light.Availability.IsAvailable);
    }

    [Fact]
    public void Words_and_template_of_its_own()
    {
        var light = ReadOne("""{"cmd_t":"l/set","avty_t":"l/o","avty_tpl":"{{ value_json.up }}","pl_avail":"True","pl_not_avail":"False"}""");
        light.Availability.Receive("l/o", "{\"up\":true}"u8);
        Assert.True(light.Availability.IsAvailable);
        light.Availability.Receive("l/o", "{\"up\":false}"u8);
        Assert.False(light.Availability.IsAvailable);
    }

    [Fact]
    public void A_light_that_does_not_say_is_there() => Assert.True(ReadOne("""{"cmd_t":"l/set"}""").Availability.IsAvailable);
}

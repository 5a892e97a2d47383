using System.Text;
using CsCheck;
using Gateway.Devices.Mqtt;

namespace Gateway.Devices.Tests.Mqtt;

/// <summary>Whatever bytes arrive: lights, lights refused in words, or an <see cref="AnnouncementException"/>; and states never throw.</summary>
public sealed class AnnouncementFuzzTests
{
    private static readonly string[] Splices =
        ["{}", "[]", "null", "1e999", "-1", "\"\"", "true", "\\ud800", "\\u0000", "~", "{{ value_json", "}}", "[[[[[[[[", "$SYS", "#", "\"cmps\":{", "\"dev\":[],", "\"avty\":", "\"schema\":\"json\",", "9999999999999999999", "\u00e9", "/", "'"];

    private static readonly Gen<byte[]> Mutated = Gen.Select(Gen.Int[0, Announcements.All.Count - 1].Select(i => Announcements.All[i]), Gen.Select(Gen.Int[0, 5], Gen.Int[0, 5000], Gen.Int[0, 40], Gen.Byte).Array[1, 6], (text, edits) =>
    {
        var bytes = Encoding.UTF8.GetBytes(text).ToList();
        foreach (var (kind, where, length, value) in edits)
        {
            var at = where % Math.Max(1, bytes.Count);
            switch (kind)
            {
                case 0: if (bytes.Count > 0) bytes[at] = value; break;
                case 1: bytes.RemoveRange(at, Math.Min(length, bytes.Count - at)); break;
                case 2: bytes.InsertRange(at, Encoding.UTF8.GetBytes(Splices[value % Splices.Length])); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(length, bytes.Count - at))); break;
                case 4: bytes.RemoveRange(at, bytes.Count - at); break;
                // A value for a value: the text stays JSON more often.
                default:
                    var colon = bytes.IndexOf((byte)':', at);
                    var end = colon < 0 ? -1 : bytes.FindIndex(colon, b => b is (byte)',' or (byte)'}');
                    if (end > 0) { bytes.RemoveRange(colon + 1, end - colon - 1); bytes.InsertRange(colon + 1, Encoding.UTF8.GetBytes(Splices[value % 7])); }
                    break;
            }
        }
        return bytes.ToArray();
    });

    [Fact]
    public void A_mutated_announcement_never_does_more_than_be_refused() => Mutated.Sample(bytes =>
    {
        foreach (var topic in (string[])["homeassistant/light/lamp/config", "homeassistant/device/lamp/config"])
        {
            IReadOnlyList<LightAnnouncement>? lights;
            try { lights = new AnnouncementReader(new MqttTopicRights("gateway", "homeassistant")).Read(Announcements.At(topic), bytes); }
            catch (AnnouncementException) { continue; }
            foreach (var light in lights ?? [])
            {
                Assert.NotEmpty(Announcements.At(topic).IdOf(light));
                Assert.NotEmpty(light.Name);
                Assert.Equal(light.Refusal is null, light.Schema is not null);
                foreach (var wish in (LightState[])[new() { On = true, Brightness = 3, Color = new LightColor.Xy(0.2, 0.2), Effect = "e" }, new() { On = true, ColorTemp = 200 }, new() { On = false }])
                    Assert.All(light.Schema?.Command(wish, null) ?? [], m => Assert.Null(MqttTopics.Refuses(m.Topic)));
                foreach (var heard in light.Topics) HearAnything(light, heard, bytes);
            }
        }
    }, iter: 4000);

    private static void HearAnything(LightAnnouncement light, string topic, byte[] bytes)
    {
        foreach (var payload in (byte[][])[bytes, "{\"state\":\"\\ud800\",\"POWER\":\"\\udc00\",\"color\":{\"x\":1e400}}"u8.ToArray(), [0xff, 0xfe], []])
        {
            light.Availability.Receive(topic, payload);
            if (light.Schema!.Read(topic, payload)?.Brightness is { } b) Assert.InRange(b, 1, 255);
        }
    }
}

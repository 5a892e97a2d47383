using System.Globalization;

namespace Gateway.Devices.Mqtt;

/// <summary>Lights that have a topic for each part of their state (https://www.home-assistant.io/integrations/light.mqtt/#default-schema): Tasmota, Z-Wave JS UI.</summary>
internal sealed class DefaultSchema : MqttLightSchema
{
    private readonly DefaultPart _switch, _brightness, _colorTemp, _rgb, _rgbw, _rgbww, _hs, _xy, _effect, _white, _mode;
    private readonly string _on, _off, _onCommandType;
    private readonly int _brightnessScale, _whiteScale;
    private readonly bool _kelvin;
    private LightState _heardColor = LightState.Unknown;
    private string? _heardMode;

    public DefaultSchema(DiscoveryConfig config) : base(config)
    {
        _switch = DefaultPart.Read(config, "", config.Has("state_value_template") ? "state_value_template" : "value_template");
        if (_switch.CommandTopic is null) throw new AnnouncementException("It has no command_topic.");
        _brightness = DefaultPart.Read(config, "brightness_");
        _colorTemp = DefaultPart.Read(config, "color_temp_");
        _rgb = DefaultPart.Read(config, "rgb_");
        _rgbw = DefaultPart.Read(config, "rgbw_");
        _rgbww = DefaultPart.Read(config, "rgbww_");
        _hs = DefaultPart.Read(config, "hs_");
        _xy = DefaultPart.Read(config, "xy_");
        _effect = DefaultPart.Read(config, "effect_");
        _white = DefaultPart.Read(config, "white_");
        _mode = DefaultPart.Read(config, "color_mode_");
        (_on, _off) = (config.Text("payload_on", "ON"), config.Text("payload_off", "OFF"));
        _onCommandType = config.Text("on_command_type", "last");
        if (_onCommandType is not ("last" or "first" or "brightness")) throw new AnnouncementException("Its on_command_type is none of last, first and brightness.");
        _brightnessScale = ReadScale(config, "brightness_scale");
        _whiteScale = ReadScale(config, "white_scale");
        _kelvin = config.Flag("color_temp_kelvin");
        DefaultPart[] all = [_switch, _brightness, _colorTemp, _rgb, _rgbw, _rgbww, _hs, _xy, _effect, _white, _mode];
        CommandTopics = [.. all.Select(p => p.CommandTopic).OfType<string>().Distinct(StringComparer.Ordinal)];
        StateTopics = [.. all.Select(p => p.StateTopic).OfType<string>().Distinct(StringComparer.Ordinal)];
        Capabilities = ReadCapabilities(config);
    }

    private DefaultPart? Channels => Array.Find([_rgb, _rgbw, _rgbww], p => p.CommandTopic is not null);

    private LightCapabilities ReadCapabilities(DiscoveryConfig config)
    {
        var brightness = _brightness.CommandTopic is not null || Channels is not null;
        var modes = new List<ColorMode>();
        if (_colorTemp.CommandTopic is not null) modes.Add(ColorMode.ColorTemp);
        if (_xy.CommandTopic is not null) modes.Add(ColorMode.Xy);
        if (_hs.CommandTopic is not null) modes.Add(ColorMode.Hs);
        if (Channels is not null) modes.Add(ColorMode.Rgb);
        if (modes.Count == 0) modes.Add(brightness ? ColorMode.Brightness : ColorMode.OnOff);
        return new LightCapabilities
        {
            Brightness = brightness,
            ColorModes = modes,
            ColorTemp = _colorTemp.CommandTopic is not null ? ReadRange(config) : null,
            Effects = _effect.CommandTopic is not null ? ReadEffects(config) : [],
        };
    }

    public override LightState? Read(string topic, ReadOnlySpan<byte> payload)
    {
        var state = LightState.Unknown;
        if (_switch.Hears(topic, payload) is { } said) state = state with { On = said == _on ? true : said == _off ? false : null };
        if (_brightness.Hears(topic, payload) is { } level && Number(level) is { } b) state = state with { Brightness = FromScale(b, _brightnessScale) };
        if (_effect.Hears(topic, payload) is { Length: > 0 and <= 100 } effect) state = state with { Effect = effect };
        if (_mode.Hears(topic, payload) is { } mode) _heardMode = mode;
        foreach (var channels in (ReadOnlySpan<DefaultPart>)[_rgb, _rgbw, _rgbww])
        {
            if (channels.Hears(topic, payload) is not { } list || MqttColor.FromChannels(Numbers(list)) is not { } color) continue;
            _heardColor = _heardColor with { Color = color.Color };
            if (_brightness.StateTopic is null) state = state with { Brightness = color.Brightness };
        }
        if (_hs.Hears(topic, payload) is { } hs && Numbers(hs) is [var h, var s] && MqttColor.FromHs(h, s) is { } hue) _heardColor = _heardColor with { Color = hue };
        if (_xy.Hears(topic, payload) is { } xy && Numbers(xy) is [var x, var y] && MqttColor.FromXy(x, y) is { } point) _heardColor = _heardColor with { Color = point };
        var temp = _colorTemp.Hears(topic, payload) is { } t && Number(t) is > 0 and var n ? _kelvin ? MqttColor.Mireds(n) : (int)Math.Clamp(Math.Round(n), 1, 1000) : (int?)null;
        if (temp is not null) _heardColor = _heardColor with { ColorTemp = temp };
        return WithColor(state, topic, temp is not null);
    }

    /// <summary>A fixture tells both its colour and its colour temperature; which of them holds its colour mode says, else the one that came alone.</summary>
    private LightState WithColor(LightState state, string topic, bool hasTemp)
    {
        bool IsAbout(DefaultPart part) => part.StateTopic == topic;
        var hasColor = _heardColor.Color is not null && (IsAbout(_rgb) || IsAbout(_rgbw) || IsAbout(_rgbww) || IsAbout(_hs) || IsAbout(_xy));
        if (_mode.StateTopic is not null && (hasColor || hasTemp || IsAbout(_mode)))
        {
            (hasColor, hasTemp) = (_heardMode is not ("color_temp" or "white" or null) && _heardColor.Color is not null, _heardMode == "color_temp" && _heardColor.ColorTemp is not null);
        }
        if (hasColor && !hasTemp) return state with { Color = _heardColor.Color };
        if (hasTemp && !hasColor) return state with { ColorTemp = _heardColor.ColorTemp, ColorMode = ColorMode.ColorTemp };
        return state;
    }

    public override IReadOnlyList<MqttMessage> Command(LightState wanted, LightState? known)
    {
        if (wanted.On == false) return [Message(_switch.CommandTopic!, _off)];
        var parts = Parts(wanted, known);
        // The same wish again means that the light did not follow: everything is said once more.
        if (parts.Count == 0 && known?.On == true) parts = Parts(wanted, null);
        return _onCommandType switch
        {
            "first" => [Message(_switch.CommandTopic!, _on), .. parts],
            "brightness" when _brightness.CommandTopic is not null =>
                parts.Exists(p => p.Topic == _brightness.CommandTopic) ? parts : [.. parts, Brightness(wanted.Brightness ?? known?.Brightness ?? 255)],
            _ => [.. parts, Message(_switch.CommandTopic!, _on)],
        };
    }

    /// <summary>Only what changes: each part is a command of its own, and on many fixtures a colour resets the brightness.</summary>
    private List<MqttMessage> Parts(LightState wanted, LightState? known)
    {
        var parts = new List<MqttMessage>();
        var newBrightness = wanted.Brightness is { } b && !new LightState { Brightness = b }.IsMetBy(known);
        var color = wanted.Color is not null && !new LightState { Color = wanted.Color }.IsMetBy(known) ? wanted.Color
            // Where brightness has no topic, the colour carries it.
            : newBrightness && _brightness.CommandTopic is null ? wanted.Color ?? new LightColor.Rgb(255, 255, 255) : null;
        if (color is not null) AddColor(parts, color, wanted.Brightness ?? 255);
        if (wanted.ColorTemp is { } mireds && _colorTemp.CommandTopic is not null && !new LightState { ColorTemp = mireds }.IsMetBy(known))
            parts.Add(Message(_colorTemp.CommandTopic, _colorTemp.Command.Render((_kelvin ? MqttColor.Kelvin(mireds) : mireds).ToString(CultureInfo.InvariantCulture))));
        if (newBrightness && _brightness.CommandTopic is not null) parts.Add(Brightness(wanted.Brightness!.Value));
        if (wanted.Effect is { } effect && _effect.CommandTopic is not null && known?.Effect != effect) parts.Add(Message(_effect.CommandTopic, _effect.Command.Render(effect)));
        return parts;
    }

    private MqttMessage Brightness(byte brightness) =>
        Message(_brightness.CommandTopic!, _brightness.Command.Render(ToScale(brightness, _brightnessScale).ToString(CultureInfo.InvariantCulture)));

    private void AddColor(List<MqttMessage> parts, LightColor color, byte brightness)
    {
        if (_white.CommandTopic is not null && MqttColor.IsWhite(color))
        {
            parts.Add(Message(_white.CommandTopic, ToScale(brightness, _whiteScale).ToString(CultureInfo.InvariantCulture)));
        }
        else if (_hs.CommandTopic is not null && (color is LightColor.Hs || (_xy.CommandTopic is null && Channels is null)))
        {
            var hs = ColorConversion.ToHs(color);
            parts.Add(Message(_hs.CommandTopic, _hs.Command.Render($"{hs.Hue},{hs.Saturation}", ("hue", hs.Hue), ("sat", hs.Saturation))));
        }
        else if (_xy.CommandTopic is not null && (color is LightColor.Xy || Channels is null))
        {
            var xy = ColorConversion.ToXy(color);
            parts.Add(Message(_xy.CommandTopic, _xy.Command.Render($"{xy.X},{xy.Y}", ("x", xy.X), ("y", xy.Y))));
        }
        else if (Channels is { } part)
        {
            var c = MqttColor.ToChannels(color, part == _rgb ? 0 : part == _rgbw ? 1 : 2, _brightness.CommandTopic is null ? brightness : 255);
            (string, double)[] names = [("red", c[0]), ("green", c[1]), ("blue", c[2]), .. c.Length == 4 ? [("white", c[3])] : c.Length == 5 ? new (string, double)[] { ("cold_white", c[3]), ("warm_white", c[4]) } : []];
            parts.Add(Message(part.CommandTopic!, part.Command.Render(string.Join(',', c), names)));
        }
    }

    public override LightState Unheard(LightState wanted) => new()
    {
        On = _switch.StateTopic is null ? wanted.On : null,
        Brightness = _brightness.StateTopic is null && (Channels is null || Channels.StateTopic is null) ? wanted.Brightness : null,
        Color = Array.Exists([_rgb, _rgbw, _rgbww, _hs, _xy], p => p.StateTopic is not null) ? null : wanted.Color,
        ColorTemp = _colorTemp.StateTopic is null ? wanted.ColorTemp : null,
        Effect = _effect.StateTopic is null ? wanted.Effect : null,
    };

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && double.IsFinite(n) ? n : null;

    private static double[] Numbers(string list)
    {
        var numbers = list.Split(',', 6).Select(Number).ToArray();
        return Array.Exists(numbers, n => n is null) ? [] : [.. numbers.OfType<double>()];
    }
}

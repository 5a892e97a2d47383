namespace Gateway.Devices;

/// <summary>Whether a fixture did what was asked.</summary>
public enum Confirmation
{
    /// <summary>Nothing was asked and nothing is known.</summary>
    Unknown = 0,
    /// <summary>Asked, and the fixture has not answered yet (at most <see cref="LightRegistry.ConfirmWithin"/>).</summary>
    Pending,
    /// <summary>The fixture reports what was asked.</summary>
    Confirmed,
    /// <summary>The fixture did not report what was asked in time.</summary>
    Unconfirmed,
    /// <summary>Sent to a fixture that never reports.</summary>
    Sent,
}

/// <summary>The mireds that a light can show.</summary>
public sealed record ColorTempRange(int Min, int Max);

/// <summary>What a light can do.</summary>
public sealed record LightCapabilities
{
    /// <summary>Can only be switched.</summary>
    public static LightCapabilities OnOff { get; } = new() { ColorModes = [ColorMode.OnOff] };

    /// <summary>Whether it can be dimmed.</summary>
    public bool Brightness { get; init; }

    /// <summary>The colour modes it knows; at least one.</summary>
    public IReadOnlyList<ColorMode> ColorModes { get; init; } = [ColorMode.OnOff];

    /// <summary>The range of colour temperatures in mireds; null when it has none.</summary>
    public ColorTempRange? ColorTemp { get; init; }

    /// <summary>The names of its effects.</summary>
    public IReadOnlyList<string> Effects { get; init; } = [];

    /// <summary>Whether it can show a colour, in whatever form that is said.</summary>
    public bool Color => ColorModes.Any(m => m is ColorMode.Xy or ColorMode.Rgb or ColorMode.Hs);

    /// <summary>
    /// A state in the words of this light: a colour in a form it does not know becomes one that it knows (xy before rgb before hs),
    /// and the colour mode is told where there is only one it can be.
    /// </summary>
    public LightState Fit(LightState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Color is { } color && !ColorModes.Contains(LightState.ModeOf(color, null)!.Value) && Color)
            state = state with { Color = ColorConversion.To(color, ColorModes.Contains(ColorMode.Xy) ? ColorMode.Xy : ColorModes.Contains(ColorMode.Rgb) ? ColorMode.Rgb : ColorMode.Hs) };
        var mode = LightState.ModeOf(state.Color, state.ColorTemp) ?? (ColorModes is [var only] && state.On is not null ? only : state.ColorMode);
        return mode == state.ColorMode ? state : state with { ColorMode = mode };
    }

    /// <summary>What a light with these capabilities can take of a wish for many lights; null when it can take nothing of it.</summary>
    public LightState? Share(LightState wish)
    {
        ArgumentNullException.ThrowIfNull(wish);
        var share = wish with
        {
            On = wish.Brightness == 0 ? false : wish.On,
            Brightness = Brightness ? wish.Brightness : null,
            Color = Color ? wish.Color : null,
            ColorTemp = ColorTemp is { } range && wish.ColorTemp is { } t ? Math.Clamp(t, range.Min, range.Max) : null,
            ColorMode = null,
            Effect = wish.Effect is { } effect && Effects.Contains(effect, StringComparer.Ordinal) ? effect : null,
        };
        return share.Contradiction() is null ? share : null;
    }

    /// <summary>Null when a light with these capabilities can take <paramref name="wish"/>; else the field it cannot, and why, in words.</summary>
    public (string Field, string Reason)? Refuses(LightState wish)
    {
        ArgumentNullException.ThrowIfNull(wish);
        if (wish.Brightness is not null && !Brightness) return ("brightness", "This light can only be switched, not dimmed.");
        if (wish.Color is not null && !Color) return ("color", "This light shows no colours.");
        if (wish.ColorTemp is not null && ColorTemp is null) return ("color_temp", "This light has no colour temperature.");
        if (wish.ColorTemp is { } t && ColorTemp is { } range && (t < range.Min || t > range.Max))
            return ("color_temp", $"This light's colour temperature goes from {range.Min} to {range.Max} mireds.");
        if (wish.Effect is not null && !Effects.Contains(wish.Effect, StringComparer.Ordinal)) return ("effect", "This light does not know that effect.");
        return null;
    }
}

/// <summary>One light at one moment: immutable, replaced whole by the <see cref="LightRegistry"/>.</summary>
public sealed record Light
{
    /// <summary>Stable for life: the key in the configuration, or a slug of what a discovered light calls itself.</summary>
    public required string Id { get; init; }

    /// <summary>The name people see.</summary>
    public required string Name { get; init; }

    /// <summary>The room it is in; null when nobody said.</summary>
    public string? Room { get; init; }

    /// <summary>The kind of driver, such as <c>gpio</c> or <c>mqtt</c>.</summary>
    public required string Driver { get; init; }

    /// <summary>What it can do.</summary>
    public required LightCapabilities Capabilities { get; init; }

    /// <summary>What was asked; <see cref="LightState.Unknown"/> until somebody asks or the fixture speaks.</summary>
    public LightState Desired { get; init; } = LightState.Unknown;

    /// <summary>What the fixture said; null until it has said anything.</summary>
    public LightState? Reported { get; init; }

    /// <summary>Whether the fixture can be commanded now.</summary>
    public bool Available { get; init; } = true;

    /// <summary>Why it is not available, in words.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether the fixture did what was asked.</summary>
    public Confirmation Confirmation { get; init; }

    /// <summary>When anything of this last changed.</summary>
    public DateTimeOffset Changed { get; init; }
}

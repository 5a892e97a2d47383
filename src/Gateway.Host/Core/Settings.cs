namespace Gateway.Host.Core;

/// <summary>What a setting holds: in C# a string (text, secret), long, double, bool or string[].</summary>
public enum SettingKind { Text, Secret, Integer, Number, Boolean, TextList }

/// <summary>Which layer holds a value; the later wins.</summary>
public enum SettingSource { Default, SettingsFile, ConfigurationFile, Environment }

/// <summary>
/// One key of the configuration. Features list theirs beside their options; loading, checking, suggestions, the page and
/// the documentation all read these lists and nothing else.
/// </summary>
/// <param name="Key">The dotted TOML key; <c>*</c> stands for a name that the owner chose, as in <c>lights.*.pin</c>.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Help">One sentence: what it does, with unit and range.</param>
public sealed record SettingDefinition(string Key, SettingKind Kind, string Help)
{
    /// <summary>Its value when nobody says, as <see cref="SettingKind"/> wants it; null for none. Of a key with <c>*</c>: for each name that has a table.</summary>
    public object? Default { get; init; }

    /// <summary>Null when a value of the right kind is acceptable; else what would be right, in words that do not repeat the value. See <see cref="SettingChecks"/>.</summary>
    public Func<object, string?>? Check { get; init; }

    /// <summary>Known and checked, but what it configures is not built yet: setting it is said in the log, never silently ignored.</summary>
    public bool NotBuiltYet { get; init; }

    /// <summary>Whether a change takes effect at once; else at the next start.</summary>
    public bool Live { get; init; }

    /// <summary>Only for gateway.toml and the environment: <c>settings.toml</c> and the page may not hold it.</summary>
    public bool NotOnPage { get; init; }
}

/// <summary>Something to mend in the configuration.</summary>
/// <param name="Key">The dotted key or table; empty when the whole file is meant.</param>
/// <param name="Place">File and line (<c>gateway.toml:12</c>) or environment variable; empty when not known.</param>
/// <param name="Message">What is wrong and what would be right; never a value.</param>
public sealed record SettingProblem(string Key, string Place, string Message)
{
    /// <summary>A problem that a feature's check over all settings found; the loader knows the place.</summary>
    public SettingProblem(string key, string message) : this(key, "", message) { }

    /// <inheritdoc />
    public override string ToString() => string.Join(": ", new[] { Place, Key, Message }.Where(p => p.Length > 0));
}

/// <summary>A feature's check across keys ("a gpio light needs a pin"). Sees the merged settings with defaults; must not throw.</summary>
public delegate IEnumerable<SettingProblem> SettingsCheck(Settings settings);

/// <summary>A value and where it comes from.</summary>
/// <param name="Value">As <see cref="SettingKind"/> says.</param>
/// <param name="Source">The layer that holds it.</param>
/// <param name="Place">File and line, or the environment variable, for messages.</param>
public sealed record SettingValue(object Value, SettingSource Source, string Place);

/// <summary>The checked configuration at one moment: immutable.</summary>
public sealed class Settings(IReadOnlyDictionary<string, SettingValue> values, bool isDemonstration)
{
    /// <summary>Nothing was configured: the demonstration home.</summary>
    public bool IsDemonstration { get; } = isDemonstration;

    /// <summary>Every value that is set or has a default, by its key.</summary>
    public IReadOnlyDictionary<string, SettingValue> Values { get; } = values;

    /// <summary>The value, or null when neither set nor defaulted.</summary>
    public string? Text(string key) => Values.GetValueOrDefault(key)?.Value as string;

    /// <summary>The value, or null when neither set nor defaulted.</summary>
    public long? Integer(string key) => Values.GetValueOrDefault(key)?.Value as long?;

    /// <summary>The value, or null when neither set nor defaulted.</summary>
    public double? Number(string key) => Values.GetValueOrDefault(key)?.Value as double?;

    /// <summary>The value, or null when neither set nor defaulted.</summary>
    public bool? Boolean(string key) => Values.GetValueOrDefault(key)?.Value as bool?;

    /// <summary>The values; empty when not set.</summary>
    public IReadOnlyList<string> List(string key) => Values.GetValueOrDefault(key)?.Value as string[] ?? [];

    /// <summary>The names that the owner chose below <paramref name="table"/>: <c>Names("lights")</c> gives the lights' keys, in no special order.</summary>
    public IReadOnlyList<string> Names(string table) =>
        [.. Values.Keys.Where(k => k.StartsWith(table + ".", StringComparison.Ordinal))
            .Select(k => k[(table.Length + 1)..].Split('.')).Where(rest => rest.Length > 1)
            .Select(rest => rest[0]).Distinct(StringComparer.Ordinal)];
}

/// <summary>The configuration in force. A reload that fails its checks leaves it as it was.</summary>
public sealed class SettingsStore(Settings initial)
{
    private readonly Lock _lock = new();
    private readonly List<Action<Settings>> _observers = [];

    /// <summary>The configuration in force.</summary>
    public Settings Current { get; private set; } = initial;

    /// <summary>Calls <paramref name="observer"/> after each change; it hands the change on and returns.</summary>
    public void OnChange(Action<Settings> observer)
    {
        lock (_lock) _observers.Add(observer);
    }

    /// <summary>Puts checked settings in force.</summary>
    public void Replace(Settings settings)
    {
        Action<Settings>[] observers;
        lock (_lock)
        {
            Current = settings;
            observers = [.. _observers];
        }
        foreach (var observer in observers) observer(settings);
    }
}

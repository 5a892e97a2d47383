using System.Collections;
using Gateway.Host.Core;

namespace Gateway.Host.Configuration;

/// <summary>The configuration cannot be used; every mistake at once.</summary>
public sealed class ConfigurationException(IReadOnlyList<SettingProblem> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>What to mend.</summary>
    public IReadOnlyList<SettingProblem> Problems { get; } = problems;
}

/// <summary>Settings in force and what must be said about them, such as keys whose feature is not built yet.</summary>
public sealed class LoadedConfiguration
{
    internal LoadedConfiguration(Settings settings, IReadOnlyList<SettingProblem> problems, ConfigurationLoader loader, Layer file) =>
        (Settings, Problems, Loader, File) = (settings, problems, loader, file);

    /// <summary>What counts.</summary>
    public Settings Settings { get; }

    /// <summary>What must be said about them.</summary>
    public IReadOnlyList<SettingProblem> Problems { get; }

    /// <summary>Reads the same places again.</summary>
    internal ConfigurationLoader Loader { get; }

    /// <summary>What gateway.toml said.</summary>
    internal Layer File { get; }
}

/// <summary>
/// Reads the layers - environment over gateway.toml over settings.toml over defaults - and judges them together.
/// Remembers where they are, so that a reload reads the same places.
/// </summary>
public sealed class ConfigurationLoader
{
    private readonly SettingSchema _schema;
    private readonly Func<Layer> _readFile;
    private readonly Layer _environment;
    private readonly IReadOnlyDictionary<string, object> _ownDefaults;

    private ConfigurationLoader(SettingSchema schema, string? file, Func<Layer> readFile, IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, object> ownDefaults)
    {
        (_schema, File, _readFile, _ownDefaults) = (schema, file, readFile, ownDefaults);
        _environment = EnvironmentLayer.Read(environment, schema);
    }

    /// <summary>The file; null in the demonstration home.</summary>
    public string? File { get; }

    internal SettingSchema Schema => _schema;

    /// <summary>
    /// Finds the file: <paramref name="named"/> (<c>--config</c>), <c>$GATEWAY_CONFIG</c>, then the usual places. None: the demonstration home.
    /// A file that is named but missing is a mistake that <see cref="Load"/> tells.
    /// </summary>
    public static ConfigurationLoader Find(SettingSchema schema, string? named, IReadOnlyDictionary<string, string> environment)
    {
        named ??= environment.GetValueOrDefault("GATEWAY_CONFIG") is { Length: > 0 } variable ? variable : null;
        string[] places = ["/boot/firmware/gateway.toml", "/etc/gateway/gateway.toml", "gateway.toml"];
        if ((named ?? places.FirstOrDefault(System.IO.File.Exists)) is { } found)
        {
            var file = Path.GetFullPath(found);
            return new ConfigurationLoader(schema, file, () => TomlLayer.ReadFile(file, SettingSource.ConfigurationFile, schema), environment, new Dictionary<string, object>(StringComparer.Ordinal));
        }
        return new ConfigurationLoader(schema, null, () => new Layer(SettingSource.ConfigurationFile, schema), environment, DemonstrationHome.Defaults(environment));
    }

    /// <summary>Takes <paramref name="values"/> for what gateway.toml says and <paramref name="ownDefaults"/> before the schema's; for tests.</summary>
    public static ConfigurationLoader Fixed(SettingSchema schema, IReadOnlyDictionary<string, object> values, IReadOnlyDictionary<string, object> ownDefaults)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(values);
        return new ConfigurationLoader(schema, null, Read, new Dictionary<string, string>(StringComparer.Ordinal), ownDefaults);

        Layer Read()
        {
            var layer = new Layer(SettingSource.ConfigurationFile, schema);
            foreach (var (key, value) in values)
                if (layer.Define(key, "test") is { } definition) layer.Take(definition, key, value is int n ? (long)n : value, "test");
            return layer;
        }
    }

    /// <summary>This process' environment.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal);

    /// <summary>Reads everything. Throws <see cref="ConfigurationException"/> with every mistake; nothing has been changed then.</summary>
    public LoadedConfiguration Load() => Merge(ReadFile(), ReadSettings);

    /// <summary>gateway.toml and the environment alone, each value right for itself: what a command needs to find its gateway.</summary>
    public string DataPath() => DataPath(ReadFile());

    /// <summary>The settings without whatever has a mistake, for showing on the LED that there is one; never throws.</summary>
    internal Settings LoadWhatIsRight()
    {
        var file = _readFile();
        return new Settings(Defaulted([ReadSettings(DataPath(file)), file, _environment]), isDemonstration: File is null);
    }

    internal Layer ReadFile()
    {
        var file = _readFile();
        SettingProblem[] found = [.. file.Problems, .. _environment.Problems];
        return found.Length == 0 ? file : throw new ConfigurationException([.. found, .. NotFitting(file, found)]);
    }

    /// <summary>What does not fit together, so that all mistakes are told at once; not in tables where it may come of a mistake that has been found.</summary>
    private IEnumerable<SettingProblem> NotFitting(Layer file, SettingProblem[] found)
    {
        if (found.Any(p => p.Key.Length == 0)) return []; // who knows what was meant there
        var tables = found.Select(p => TableOf(p.Key)).ToHashSet(StringComparer.Ordinal);
        return Judge([file, _environment]).Mistakes.Where(m => !tables.Contains(TableOf(m.Key)));
    }

    private string TableOf(string key) => _schema.IsTable(key) ? key : key[..Math.Max(0, key.LastIndexOf('.'))];

    internal Layer ReadSettings(string dataPath)
    {
        var file = SettingsFile.PathIn(dataPath);
        return System.IO.File.Exists(file) ? TomlLayer.ReadFile(file, SettingSource.SettingsFile, _schema) : new Layer(SettingSource.SettingsFile, _schema);
    }

    /// <summary>The layer above settings.toml that holds this key, or null.</summary>
    internal SettingValue? HeldAbove(string key, Layer file) => _environment.Values.GetValueOrDefault(key) ?? file.Values.GetValueOrDefault(key);

    internal string DataPath(Layer file) => (string)Defaulted([file, _environment])["data.path"].Value;

    /// <summary>
    /// Judges the layers together. What is wrong in settings.toml is left out and said, never fatal: the owner of a house that
    /// went dark for it would have no page left to mend it on (docs/decisions/050).
    /// </summary>
    internal LoadedConfiguration Merge(Layer file, Func<string, Layer> readSettings)
    {
        var settings = readSettings(DataPath(file));
        var said = settings.Problems.Select(p => p with { Message = p.Message + "; this part of settings.toml is not used" }).ToList();
        var (merged, mistakes) = Judge([settings, file, _environment]);
        if (mistakes.Count > 0 && settings.Values.Count > 0)
        {
            var without = Judge([file, _environment]);
            if (without.Mistakes.Count == 0)
            {
                said.AddRange(mistakes.Select(m => m with { Message = m.Message + "; settings.toml is not used until that is mended" }));
                (merged, mistakes) = without;
            }
        }
        return mistakes.Count == 0 ? new LoadedConfiguration(merged, [.. said, .. NotBuiltYet(merged)], this, file) : throw new ConfigurationException(mistakes);
    }

    /// <summary>Like <see cref="Merge"/>, but mistakes anywhere count: for a change that is about to be made.</summary>
    internal (LoadedConfiguration Configuration, IReadOnlyList<SettingProblem> Mistakes) Try(Layer file, Layer settings)
    {
        var (merged, mistakes) = Judge([settings, file, _environment]);
        return (new LoadedConfiguration(merged, NotBuiltYet(merged), this, file), mistakes);
    }

    private (Settings Settings, IReadOnlyList<SettingProblem> Mistakes) Judge(Layer[] lowestFirst)
    {
        var settings = new Settings(Defaulted(lowestFirst), isDemonstration: File is null);
        return (settings, [.. _schema.Checks.SelectMany(check => check(settings)).Select(p => p.Place.Length > 0 ? p : p with { Place = PlaceOf(p.Key, settings) })]);
    }

    private Dictionary<string, SettingValue> Defaulted(Layer[] lowestFirst)
    {
        var values = _ownDefaults.ToDictionary(d => d.Key, d => new SettingValue(d.Value, SettingSource.Default, ""), StringComparer.Ordinal);
        foreach (var layer in lowestFirst)
            foreach (var (key, value) in layer.Values) values[key] = value;
        return _schema.WithDefaults(values);
    }

    private List<SettingProblem> NotBuiltYet(Settings settings) =>
        [.. settings.Values.Where(v => v.Value.Source != SettingSource.Default && _schema.Find(v.Key) is { NotBuiltYet: true })
            .Select(v => new SettingProblem(v.Key, v.Value.Place, "is right, but what it configures is not built yet; it has no effect"))];

    private static string PlaceOf(string key, Settings settings) =>
        settings.Values.GetValueOrDefault(key)?.Place is { Length: > 0 } place ? place
        : settings.Values.Where(v => v.Key.StartsWith(key[..(key.LastIndexOf('.') + 1)], StringComparison.Ordinal)).Select(v => v.Value.Place).FirstOrDefault(p => p.Length > 0) ?? "";
}

/// <summary>What runs when nothing is configured: on this machine only, with its data out of the system's way.</summary>
internal static class DemonstrationHome
{
    public static IReadOnlyDictionary<string, object> Defaults(IReadOnlyDictionary<string, string> environment)
    {
        // The XDG Base Directory specification: a relative path is invalid and must be ignored.
        var state = environment.GetValueOrDefault("XDG_STATE_HOME") is { } path && Path.IsPathRooted(path) ? path
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["data.path"] = Path.Combine(state, "gateway-demo"),
            ["http.listen"] = new[] { "http://127.0.0.1:8080" },
        };
    }
}

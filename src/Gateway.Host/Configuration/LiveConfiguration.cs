using System.Text;
using System.Text.Json;
using Gateway.Host.Core;

namespace Gateway.Host.Configuration;

/// <summary>
/// The configuration of the running gateway: reads it again and changes it. What fails its checks changes nothing: the last good
/// one stays in force and <see cref="Problems"/> says so.
/// </summary>
internal sealed class LiveConfiguration
{
    private readonly Lock _lock = new();
    private readonly ConfigurationLoader _loader;
    private readonly SettingsStore _store;
    private readonly ILogger<LiveConfiguration> _logger;
    private readonly Settings _atStart;
    private readonly string _dataPath;
    private Layer _file;
    private IReadOnlyList<SettingProblem> _problems;
    private IReadOnlyList<SettingProblem> _rejected = [];

    public LiveConfiguration(LoadedConfiguration loaded, SettingsStore store, ILogger<LiveConfiguration> logger)
    {
        (_loader, _file, _store, _logger, _atStart, _problems) = (loaded.Loader, loaded.File, store, logger, loaded.Settings, loaded.Problems);
        _dataPath = loaded.Settings.Text("data.path")!;
        foreach (var problem in _problems) _logger.LogWarning("{Problem}", problem);
    }

    /// <summary>The file that is watched; null in the demonstration home.</summary>
    public string? File => _loader.File;

    public SettingSchema Schema => _loader.Schema;

    /// <summary>What is wrong with the configuration, or waits for the next start.</summary>
    public IReadOnlyList<SettingProblem> Problems
    {
        get { lock (_lock) return [.. _rejected, .. _problems, .. Waiting()]; }
    }

    /// <summary>Reads every layer again. Never throws: it is called by signals and file events.</summary>
    public void Reload()
    {
        try
        {
            lock (_lock) ReloadNeedsLock();
        }
        catch (ConfigurationException e)
        {
            lock (_lock)
            {
                var rejected = e.Problems.Select(p => p with { Message = p.Message + "; the last good configuration stays in force" }).ToArray();
                if (rejected.SequenceEqual(_rejected)) return;
                _rejected = rejected;
            }
            _logger.LogError("The configuration has mistakes; the last good one stays in force:{NewLine}{Problems}", Environment.NewLine, e.Message);
        }
#pragma warning disable CA1031 // An observer's mistake must not end the thread that a signal came on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _logger.LogError(e, "The configuration was read again, but not everything took it up");
        }
    }

    private void ReloadNeedsLock()
    {
        var file = _loader.ReadFile();
        var loaded = _loader.Merge(file, _ => _loader.ReadSettings(_dataPath));
        foreach (var problem in loaded.Problems.Except(_problems)) _logger.LogWarning("{Problem}", problem);
        (_file, _problems, _rejected) = (file, loaded.Problems, []);
        _logger.LogInformation("The configuration was read again");
        PutInForceNeedsLock(loaded.Settings);
    }

    /// <summary>
    /// Changes settings.toml: null takes a key out, so that what lies below counts again. All or nothing: the mistakes are returned,
    /// and when there is one nothing has changed. The file is on the disk before the settings are in force.
    /// </summary>
    public IReadOnlyList<SettingProblem> Change(IReadOnlyDictionary<string, JsonElement> changes)
    {
        if (changes.Count == 0) return [];
        lock (_lock)
        {
            var settings = _loader.ReadSettings(_dataPath);
            var damaged = settings.Problems.Any(p => !settings.Unknown.ContainsKey(p.Key));
            settings.Problems.Clear();
            foreach (var (key, value) in changes) Apply(settings, key, value);
            if (settings.Problems.Count > 0) return settings.Problems;
            var (loaded, mistakes) = _loader.Try(_file, settings);
            if (mistakes.Count > 0) return mistakes;
            try
            {
                Save(settings, keepOld: damaged);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _logger.LogError(e, "settings.toml could not be written");
                return [new SettingProblem("", SettingsFile.PathIn(_dataPath), "could not be written, so nothing was changed: is the disk full or read-only?")];
            }
            _problems = loaded.Problems;
            PutInForceNeedsLock(loaded.Settings);
            return [];
        }
    }

    private void Apply(Layer settings, string key, JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Null && settings.Unknown.Remove(key)) return;
        if (settings.Define(key, "") is not { } definition) return;
        if (json.ValueKind == JsonValueKind.Null) settings.Values.Remove(key);
        else if (_loader.HeldAbove(key, _file) is { } held) settings.Problem(key, held.Place, held.Source == SettingSource.Environment
            ? $"is set by the environment variable {held.Place}, which wins over the page; change it there"
            : $"is set in {held.Place}, which wins over the page; change it there");
        else if (ValueOf(json, definition.Kind) is { } value) settings.Take(definition, key, value, SettingsFile.PathIn(_dataPath));
        else settings.Problem(key, "", Layer.Example(definition.Kind));
    }

    private static object? ValueOf(JsonElement json, SettingKind kind) => (kind, json.ValueKind) switch
    {
        (SettingKind.Text or SettingKind.Secret, JsonValueKind.String) => json.GetString(),
        (SettingKind.Integer, JsonValueKind.Number) => json.TryGetInt64(out var n) ? n : null,
        (SettingKind.Number, JsonValueKind.Number) => json.GetDouble(),
        (SettingKind.Boolean, JsonValueKind.True or JsonValueKind.False) => json.GetBoolean(),
        (SettingKind.TextList, JsonValueKind.Array) => json.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String) ? json.EnumerateArray().Select(e => e.GetString()!).ToArray() : null,
        _ => null,
    };

    private void Save(Layer settings, bool keepOld)
    {
        var path = SettingsFile.PathIn(_dataPath);
        // What could not be understood would be lost by writing: the owner finds it beside.
        if (keepOld) DurableFile.Write(path + ".damaged", System.IO.File.ReadAllBytes(path));
        var values = settings.Values.ToDictionary(v => v.Key, v => v.Value.Value, StringComparer.Ordinal);
        DurableFile.Write(path, Encoding.UTF8.GetBytes(SettingsFile.Render(values, settings.Unknown)));
    }

    private void PutInForceNeedsLock(Settings settings)
    {
        _store.Replace(settings);
        foreach (var problem in Waiting()) _logger.LogInformation("{Problem}", problem);
    }

    private IEnumerable<SettingProblem> Waiting() => _atStart.Values.Keys.Union(_store.Current.Values.Keys, StringComparer.Ordinal)
        .Where(key => _loader.Schema.Find(key) is { Live: false, NotBuiltYet: false } && !Same(_atStart.Values.GetValueOrDefault(key), _store.Current.Values.GetValueOrDefault(key)))
        .Select(key => new SettingProblem(key, _store.Current.Values.GetValueOrDefault(key)?.Place ?? "", "was changed; it takes effect at the next start"));

    private static bool Same(SettingValue? a, SettingValue? b) =>
        a?.Value is string[] x && b?.Value is string[] y ? x.SequenceEqual(y, StringComparer.Ordinal) : Equals(a?.Value, b?.Value);
}

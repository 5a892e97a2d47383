using System.Collections.Frozen;

namespace Gateway.Host.Core;

/// <summary>Every key that the gateway knows, put together from the features' lists, and their checks across keys.</summary>
public sealed class SettingSchema
{
    private readonly FrozenDictionary<string, SettingDefinition> _byKey;

    /// <summary>Puts the lists together; two definitions of one key are a mistake of ours.</summary>
    /// <param name="definitions">Each key once.</param>
    /// <param name="checks">Run over settings whose values are each right for themselves.</param>
    public SettingSchema(IEnumerable<SettingDefinition> definitions, IEnumerable<SettingsCheck>? checks = null)
    {
        Definitions = [.. definitions.OrderBy(d => d.Key, StringComparer.Ordinal)];
        Checks = [.. checks ?? []];
        _byKey = Definitions.ToFrozenDictionary(d => d.Key, StringComparer.Ordinal);
        Tables = Definitions.SelectMany(d => Prefixes(d.Key)).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>Every key, ordered.</summary>
    public IReadOnlyList<SettingDefinition> Definitions { get; }

    /// <summary>The features' checks across keys.</summary>
    public IReadOnlyList<SettingsCheck> Checks { get; }

    /// <summary>Every table that some key lies in, with <c>*</c> for names.</summary>
    public FrozenSet<string> Tables { get; }

    /// <summary>What this key is: itself, or the pattern that it matches.</summary>
    public SettingDefinition? Find(string key) => Match(key, _byKey.GetValueOrDefault);

    /// <summary>Whether keys may lie in this table.</summary>
    public bool IsTable(string key) => Match(key, k => Tables.Contains(k) ? k : null) is not null;

    /// <summary>The name in a key that the owner chose, or null: <c>desk</c> in <c>lights.desk.pin</c>.</summary>
    public static string? NameIn(string pattern, string key)
    {
        var i = Array.IndexOf(pattern.Split('.'), "*");
        return i < 0 ? null : key.Split('.')[i];
    }

    /// <summary>Adds the defaults to what is set.</summary>
    public Dictionary<string, SettingValue> WithDefaults(IReadOnlyDictionary<string, SettingValue> values)
    {
        var all = new Dictionary<string, SettingValue>(values, StringComparer.Ordinal);
        var tables = values.Keys.Select(k => k[..Math.Max(0, k.LastIndexOf('.'))]).Distinct(StringComparer.Ordinal).ToArray();
        foreach (var definition in Definitions)
        {
            if (definition.Default is not { } value) continue;
            if (!definition.Key.Contains('*')) all.TryAdd(definition.Key, new SettingValue(value, SettingSource.Default, ""));
            else
            {
                foreach (var table in tables)
                {
                    var key = table + definition.Key[definition.Key.LastIndexOf('.')..];
                    if (Find(key) == definition) all.TryAdd(key, new SettingValue(value, SettingSource.Default, ""));
                }
            }
        }
        return all;
    }

    private static T? Match<T>(string key, Func<string, T?> find) where T : class
    {
        if (find(key) is { } exact) return exact;
        var parts = key.Split('.');
        for (var i = 1; i < parts.Length; i++)
        {
            var part = parts[i];
            parts[i] = "*";
            if (find(string.Join('.', parts)) is { } found) return found;
            parts[i] = part;
        }
        return null;
    }

    private static IEnumerable<string> Prefixes(string key)
    {
        for (var dot = key.IndexOf('.'); dot >= 0; dot = key.IndexOf('.', dot + 1)) yield return key[..dot];
    }
}

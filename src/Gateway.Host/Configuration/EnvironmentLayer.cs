using System.Globalization;
using Gateway.Host.Core;

namespace Gateway.Host.Configuration;

/// <summary>
/// <c>GATEWAY__NAME__TOKEN</c>: <c>__</c> between keys, <c>_</c> for <c>-</c>, any case. A list is split at commas, or is TOML when it
/// begins with <c>[</c>. An empty variable counts as not set.
/// </summary>
internal static class EnvironmentLayer
{
    private const string Prefix = "GATEWAY__";

    public static Layer Read(IReadOnlyDictionary<string, string> environment, SettingSchema schema)
    {
        var layer = new Layer(SettingSource.Environment, schema);
        foreach (var (variable, text) in environment.Where(v => v.Key.StartsWith(Prefix, StringComparison.Ordinal)).OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            var key = variable[Prefix.Length..].ToLowerInvariant().Replace("__", ".", StringComparison.Ordinal).Replace('_', '-');
            if (text.Length == 0 || layer.Define(key, variable) is not { } definition) continue;
            if (ValueOf(text, definition.Kind) is { } value) layer.Take(definition, key, value, variable);
            else layer.Problem(key, variable, definition.Kind == SettingKind.TextList ? "must be texts with commas between, or [\"one\", \"two\"]" : Layer.Example(definition.Kind));
        }
        return layer;
    }

    private static object? ValueOf(string text, SettingKind kind)
    {
        var style = CultureInfo.InvariantCulture;
        return kind switch
        {
            SettingKind.Integer => long.TryParse(text, NumberStyles.AllowLeadingSign, style, out var n) ? n : null,
            SettingKind.Number => double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, style, out var n) ? n : null,
            SettingKind.Boolean => text switch { "true" => true, "false" => false, _ => null },
            SettingKind.TextList when text.StartsWith('[') => TomlList(text),
            SettingKind.TextList => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            _ => text,
        };
    }

    private static object? TomlList(string text)
    {
        var layer = new Layer(SettingSource.Environment, new SettingSchema([new SettingDefinition("list", SettingKind.TextList, "")]));
        TomlLayer.Read("list = " + text, "", layer);
        return layer.Problems.Count == 0 ? layer.Values["list"].Value : null;
    }
}

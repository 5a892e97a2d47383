using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Gateway.Host.Core;

namespace Gateway.Host.Configuration;

/// <summary>The configuration as <c>GET /api/settings</c> shows it.</summary>
internal sealed record SettingsView(IReadOnlyList<SettingView> Settings, IReadOnlyList<SettingProblem> Problems);

/// <summary>One key. A secret never has <c>value</c>; <c>set</c> tells whether there is one. <c>on_page</c>: whether it can be changed here at all.</summary>
internal sealed record SettingView(
    string Key, string Kind, JsonNode? Value, bool Set, string Source, string Place, JsonNode? Default, string Help, bool Live, bool OnPage, bool NotBuiltYet)
{
    public static SettingView Of(string key, SettingDefinition definition, SettingValue? value) => new(
        key, JsonNamingPolicy.SnakeCaseLower.ConvertName(definition.Kind.ToString()),
        definition.Kind == SettingKind.Secret ? null : Json(value?.Value),
        value is not null && value.Source != SettingSource.Default,
        NameOf(value?.Source ?? SettingSource.Default), value?.Place ?? "",
        definition.Kind == SettingKind.Secret ? null : Json(definition.Default),
        definition.Help, definition.Live, !definition.NotOnPage, definition.NotBuiltYet);

    private static string NameOf(SettingSource source) => source switch
    {
        SettingSource.SettingsFile => "settings.toml",
        SettingSource.ConfigurationFile => "gateway.toml",
        SettingSource.Environment => "environment",
        _ => "default",
    };

    private static JsonNode? Json(object? value) => value switch
    {
        string text => JsonValue.Create(text),
        long number => JsonValue.Create(number),
        double number => JsonValue.Create(number),
        bool boolean => JsonValue.Create(boolean),
        string[] list => new JsonArray([.. list.Select(t => (JsonNode)JsonValue.Create(t)!)]),
        _ => null,
    };
}

/// <summary>What is wrong with one field of a request.</summary>
internal sealed record FieldError(string Field, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SettingsView))]
[JsonSerializable(typeof(FieldError[]))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class SettingsJson : JsonSerializerContext;

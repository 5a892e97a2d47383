using System.Text;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Configuration;

/// <summary>docs/configuration.md lists every key as its definition says; run the tests with UPDATE_DOCS=1 to write the lists anew.</summary>
public sealed class ConfigurationDocumentTests
{
    [Fact]
    public void Every_key_is_documented_with_kind_and_default() => Repository.Documents("docs/configuration.md", "keys", Render(GatewayApp.Schema));

    [Fact]
    public void Every_key_says_what_it_does_in_a_sentence_and_its_default_passes_its_own_check()
    {
        Assert.All(GatewayApp.Schema.Definitions, d => Assert.EndsWith(".", d.Help, StringComparison.Ordinal));
        Assert.All(GatewayApp.Schema.Definitions.Where(d => d.Default is not null), d => Assert.Null(d.Check?.Invoke(d.Default!)));
    }

    private static string Render(SettingSchema schema)
    {
        var text = new StringBuilder();
        foreach (var table in schema.Definitions.GroupBy(d => d.Key.Split('.')[0], StringComparer.Ordinal))
        {
            text.Append($"\n### `[{table.Key}]`\n\n| key | kind | default | takes effect | |\n|---|---|---|---|---|\n");
            foreach (var d in table) text.Append($"| `{d.Key.Replace("*", "NAME", StringComparison.Ordinal)}` | {Kind(d.Kind)} | {Default(d.Default)} | {Effect(d)} | {d.Help.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }
        return text.Append('\n').ToString();
    }

    private static string Kind(SettingKind kind) => kind switch
    {
        SettingKind.TextList => "list of texts",
        SettingKind.Integer => "whole number",
        SettingKind.Boolean => "true or false",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static string Default(object? value) => value switch
    {
        null => "",
        string text => $"`\"{text}\"`",
        string[] list => $"`[{string.Join(", ", list.Select(t => $"\"{t}\""))}]`",
        bool boolean => boolean ? "`true`" : "`false`",
        _ => $"`{value}`",
    };

    private static string Effect(SettingDefinition d) => (d.NotBuiltYet ? "not built yet" : d.Live ? "at once" : "at the next start") + (d.NotOnPage ? "; not on the page" : "");
}

using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Host.Core;

namespace Gateway.Host.CommandLine;

/// <summary><c>gateway token create|list|revoke</c>.</summary>
internal static class TokenCommands
{
    public static Command Build(Func<ParseResult, LocalGateway> connect) =>
        new("token", "API tokens, for scripts and MQTT clients") { Create(connect), List(connect), Revoke(connect) };

    private static Command Create(Func<ParseResult, LocalGateway> connect)
    {
        var name = new Argument<string>("NAME") { Description = "What it is for" };
        var scopes = new Option<string[]>("--scope") { Description = "What it may do, once or more: " + string.Join(", ", Scopes.All), Required = true, HelpName = "SCOPE" };
        scopes.AcceptOnlyFromAmong([.. Scopes.All]);
        var topic = new Option<string?>("--topic") { Description = "Narrows the scope mqtt to topics, such as zigbee2mqtt/#", HelpName = "FILTER" };
        var expires = new Option<string?>("--expires") { Description = "When it ends, such as 90d or 12h; never without", HelpName = "TIME" };
        expires.Validators.Add(r => { if (SettingChecks.Duration(r.Tokens[0].Value) is null) r.AddError("--expires must be a time such as 90d, 12h or 30m."); });
        var command = new Command("create", "Makes a token and prints it, alone on the last line; it is shown this once") { name, scopes, topic, expires };
        command.SetAction(async (parsed, cancel) =>
        {
            using var gateway = connect(parsed);
            var wish = new JsonObject
            {
                ["name"] = parsed.GetValue(name),
                ["scopes"] = new JsonArray([.. parsed.GetValue(scopes)!.Distinct(StringComparer.Ordinal).Select(s => (JsonNode)JsonValue.Create(s)!)]),
            };
            if (parsed.GetValue(topic) is { } filter) wish["topic"] = filter;
            if (parsed.GetValue(expires) is { } end) wish["expires"] = end;
            var token = await gateway.PostAsync("/api/tokens", wish.ToJsonString(), cancel);
            Console.WriteLine($"The token \"{parsed.GetValue(name)}\", shown this once:");
            Console.WriteLine(token.GetProperty("token").GetString());
            return 0;
        });
        return command;
    }

    private static Command List(Func<ParseResult, LocalGateway> connect)
    {
        var command = new Command("list", "Lists the tokens, without their secrets");
        command.SetAction(async (parsed, cancel) =>
        {
            using var gateway = connect(parsed);
            var tokens = (await gateway.GetAsync("/api/tokens", cancel)).EnumerateArray().ToArray();
            Console.WriteLine(tokens.Length == 0 ? "There are no tokens." : Row("NAME", "SCOPES", "TOPIC", "EXPIRES", "LAST USED"));
            foreach (var token in tokens)
                Console.WriteLine(Row(Text(token, "name"), string.Join(',', token.GetProperty("scopes").EnumerateArray().Select(s => s.GetString())),
                    Text(token, "topic"), Text(token, "expires"), Text(token, "last_used")));
            return 0;
        });
        return command;
    }

    private static Command Revoke(Func<ParseResult, LocalGateway> connect)
    {
        var name = new Argument<string>("NAME") { Description = "As \"token list\" shows it" };
        var command = new Command("revoke", "Ends a token at once") { name };
        command.SetAction(async (parsed, cancel) =>
        {
            using var gateway = connect(parsed);
            await gateway.DeleteAsync("/api/tokens/" + Uri.EscapeDataString(parsed.GetValue(name)!), cancel);
            Console.WriteLine($"The token \"{parsed.GetValue(name)}\" is revoked.");
            return 0;
        });
        return command;
    }

    private static string Row(string name, string scopes, string topic, string expires, string used) => $"{name,-20} {scopes,-30} {topic,-20} {expires,-22} {used}".TrimEnd();

    private static string Text(JsonElement token, string property) =>
        !token.TryGetProperty(property, out var value) || value.ValueKind == JsonValueKind.Null ? "-"
        : value.TryGetDateTimeOffset(out var time) ? time.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'") : value.ToString();
}

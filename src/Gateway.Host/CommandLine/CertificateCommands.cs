using System.CommandLine;
using System.Text.Json;

namespace Gateway.Host.CommandLine;

/// <summary><c>gateway certificate list|known</c>.</summary>
internal static class CertificateCommands
{
    public static Command Build(Func<ParseResult, LocalGateway> connect) =>
        new("certificate", "Certificates that others have for this gateway's names") { List(connect), Known(connect) };

    private static Command List(Func<ParseResult, LocalGateway> connect)
    {
        var command = new Command("list", "Lists them, as the public logs of certificates show them; the gateway's own are left out");
        command.SetAction(async (parsed, cancel) =>
        {
            using var gateway = connect(parsed);
            var view = await gateway.GetAsync("/api/certificates", cancel);
            if (view.GetProperty("monitor").GetString() is "") Console.WriteLine("Nobody is asked (acme.transparency is empty).");
            foreach (var name in view.GetProperty("names").EnumerateArray())
                Console.WriteLine($"{name.GetProperty("name").GetString()}: {(name.GetProperty("read").ValueKind == JsonValueKind.Null ? "not read yet" : "read " + Date(name.GetProperty("read")))}. {name.GetProperty("problem").GetString()}".TrimEnd());
            var certificates = view.GetProperty("certificates").EnumerateArray().ToArray();
            if (certificates.Length == 0) Console.WriteLine("No certificate of others is known.");
            foreach (var c in certificates)
            {
                Console.WriteLine();
                Console.WriteLine($"{string.Join(", ", c.GetProperty("names").EnumerateArray().Select(n => n.GetString()))}, by {c.GetProperty("issuer").GetString()}, {Date(c.GetProperty("from"))} to {Date(c.GetProperty("until"))}");
                Console.WriteLine($"  {c.GetProperty("kind").GetString()}: {c.GetProperty("words").GetString()}");
                Console.WriteLine($"  key {c.GetProperty("key_fingerprint").GetString()}");
            }
            return 0;
        });
        return command;
    }

    private static Command Known(Func<ParseResult, LocalGateway> connect)
    {
        var key = new Argument<string>("KEY") { Description = "As \"certificate list\" shows it" };
        var command = new Command("known", "Says that a key is yours, or dealt with: certificates with it are no alarm") { key };
        command.SetAction(async (parsed, cancel) =>
        {
            using var gateway = connect(parsed);
            await gateway.PostAsync($"/api/certificates/{Uri.EscapeDataString(parsed.GetValue(key)!)}/known", null, cancel);
            Console.WriteLine("It is no alarm any more.");
            return 0;
        });
        return command;
    }

    private static string Date(JsonElement time) => time.GetDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'");
}

using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Gateway.Host.CommandLine;

/// <summary><c>gateway lend</c> and <c>gateway borrow</c>: a friend's gateway that cannot be reached is reached through this one, or the other way round.</summary>
internal static class LendCommands
{
    public static Command Lend(Func<ParseResult, LocalGateway> connect)
    {
        var friend = new Argument<string?>("FRIEND") { Description = "The public name of a friend's gateway, or the beginning of it", Arity = ArgumentArity.ZeroOrOne };
        var stop = new Option<bool>("--stop") { Description = "Ends it at once" };
        var list = new Option<bool>("--list") { Description = "Who has it, and how much went through this month; the default without FRIEND" };
        var command = new Command("lend", "Lends this gateway's way in to a friend's gateway that cannot be reached: its visitors are brought to it, still encrypted") { friend, stop, list };
        command.Validators.Add(r => { if (r.GetValue(friend) is null && r.GetValue(stop)) r.AddError("--stop needs the FRIEND's name."); });
        command.SetAction(async (parsed, cancel) =>
        {
            using var gateway = connect(parsed);
            if (parsed.GetValue(friend) is not { } name || parsed.GetValue(list)) return ListLent(await gateway.GetAsync("/api/friends", cancel));
            var whole = await FindAsync(gateway, name, cancel);
            await ChangeAsync(gateway, whole, "lending", parsed.GetValue(stop), cancel);
            Console.WriteLine(parsed.GetValue(stop) ? $"Nobody is brought to {whole} any more."
                : $"Visitors of {whole} are brought to it through this gateway, once its owner wants that too (\"gateway borrow\" there). It ends with: gateway lend {whole} --stop");
            return 0;
        });
        return command;
    }

    public static Command Borrow(Func<ParseResult, LocalGateway> connect)
    {
        var friend = new Argument<string?>("FRIEND") { Description = "The public name of a friend's gateway, or the beginning of it", Arity = ArgumentArity.ZeroOrOne };
        var stop = new Option<bool>("--stop") { Description = "Ends it at once" };
        var command = new Command("borrow", "Uses the way in that a friend's gateway lends; without FRIEND it says whose is used") { friend, stop };
        command.SetAction(async (parsed, cancel) =>
        {
            using var gateway = connect(parsed);
            var used = (await gateway.GetAsync("/api/friends", cancel)).EnumerateArray().FirstOrDefault(f => f.GetProperty("borrowed").GetBoolean()) is { ValueKind: JsonValueKind.Object } lender ? lender.GetProperty("name").GetString() : null;
            if ((parsed.GetValue(friend) ?? (parsed.GetValue(stop) ? used : null)) is not { } name)
            {
                Console.WriteLine(used is null ? "No friend's way in is used." : $"The way in of {used} is used.");
                return 0;
            }
            var whole = await FindAsync(gateway, name, cancel);
            await ChangeAsync(gateway, whole, "borrowing", parsed.GetValue(stop), cancel);
            Console.WriteLine(parsed.GetValue(stop) ? $"The way in of {whole} is not used any more." : $"The way in of {whole} is used, as soon as its owner lends it (\"gateway lend\" there). \"gateway doctor\" says how far it has come.");
            return 0;
        });
        return command;
    }

    private static Task ChangeAsync(LocalGateway gateway, string friend, string what, bool stop, CancellationToken cancellationToken) =>
        stop ? gateway.DeleteAsync($"/api/friends/{friend}/{what}", cancellationToken) : gateway.PostAsync($"/api/friends/{friend}/{what}", null, cancellationToken);

    /// <summary>The whole name of the one friend that is meant.</summary>
    private static async Task<string> FindAsync(LocalGateway gateway, string name, CancellationToken cancellationToken)
    {
        var all = (await gateway.GetAsync("/api/friends", cancellationToken)).EnumerateArray().Select(f => f.GetProperty("name").GetString()!).ToArray();
        name = name.TrimEnd('.').ToLowerInvariant();
        if (all.Contains(name, StringComparer.Ordinal)) return name;
        var meant = all.Where(f => f.StartsWith(name + ".", StringComparison.Ordinal)).ToArray();
        return meant is [var one] ? one : throw new CommandException(ExitCode.Failed, meant.Length > 1 ? $"several friends are called so: {string.Join(", ", meant)}; give the whole name"
            : $"no friend's gateway is called \"{name}\"{(all.Length > 0 ? $" (there are {string.Join(", ", all)})" : "; become friends first, on the page under \"Can I be reached?\"")}");
    }

    private static int ListLent(JsonElement friends)
    {
        var lent = friends.EnumerateArray().Where(f => f.GetProperty("lent").ValueKind == JsonValueKind.Object).ToArray();
        Console.WriteLine(lent.Length == 0 ? "This gateway's way in is lent to nobody." : Row("FRIEND", "SINCE", "LINES", "VISITORS", "THIS MONTH"));
        foreach (var friend in lent)
        {
            var l = friend.GetProperty("lent");
            Console.WriteLine(Row(friend.GetProperty("name").GetString()!, l.GetProperty("since").GetDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'"), l.GetProperty("lines").ToString(), l.GetProperty("visitors").ToString(),
                string.Create(CultureInfo.InvariantCulture, $"{l.GetProperty("bytes").GetInt64() / 1e9:0.000} of {l.GetProperty("most_bytes").GetInt64() / 1e9:0.###} GB")));
        }
        return 0;
    }

    private static string Row(string name, string since, string lines, string visitors, string volume) => $"{name,-30} {since,-18} {lines,-6} {visitors,-9} {volume}";
}

using System.CommandLine;
using System.Text.Json;

namespace Gateway.Host.CommandLine;

/// <summary><c>gateway claim-code</c> and <c>gateway owner reset</c>: both end with the code alone on the last line, for scripts.</summary>
internal static class AccessCommands
{
    public static Command ClaimCode(Func<ParseResult, LocalGateway> connect)
    {
        var command = new Command("claim-code", "Prints the first-run code, alone on the last line");
        command.SetAction(async (parsed, cancel) =>
        {
            using var gateway = connect(parsed);
            return Print("Enter this code on the gateway's page to become its owner:", await gateway.GetAsync("/api/local/claim-code", cancel));
        });
        return command;
    }

    public static Command Owner(Func<ParseResult, LocalGateway> connect)
    {
        var reset = new Command("reset", "A new claim code for the owner who lost the password; ends all sessions");
        reset.SetAction(async (parsed, cancel) =>
        {
            using var gateway = connect(parsed);
            return Print("All sessions have ended. Enter this code on the gateway's page to become its owner again:", await gateway.PostAsync("/api/local/owner-reset", null, cancel));
        });
        return new Command("owner", "The owner of the gateway") { reset };
    }

    private static int Print(string words, JsonElement answer)
    {
        Console.WriteLine(words);
        Console.WriteLine(answer.GetProperty("code").GetString());
        return 0;
    }
}

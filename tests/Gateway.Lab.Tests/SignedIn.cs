using System.Text.Json;

namespace Gateway.Lab.Tests;

/// <summary>The browser of somebody who lives here, as a program: it has signed in under the public name, and goes along wherever he goes.</summary>
internal sealed class SignedIn(Lab lab, string folder)
{
    private const string Browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

    private readonly string _cookies = Path.Combine(folder, "cookies");

    /// <summary>Signs in from a host.</summary>
    public async Task EnterAsync(string host) =>
        Assert.Equal("Ada", JsonDocument.Parse(await SendAsync(host, "/api/session", "-d", $"{{\"name\":\"Ada\",\"password\":\"{HouseGateway.Password}\"}}")).RootElement.GetProperty("name").GetString());

    /// <summary>Fetches what the page fetches to prove the way; gives the gateway's words when it does not want that.</summary>
    /// <param name="host">Where it is.</param>
    /// <param name="family"><c>-4</c> or <c>-6</c>.</param>
    /// <param name="then">Where and over what it brings the nonce in; the same when nothing is said.</param>
    public async Task<string> ProveAsync(string host, string family, (string Host, string Family)? then = null)
    {
        var reply = JsonDocument.Parse(await SendAsync(host, "/api/reachability/proof", family, "-X", "POST")).RootElement;
        if (!reply.TryGetProperty("path", out var path)) return reply.GetProperty("detail").GetString()!;
        var answer = await SendAsync(then?.Host ?? host, path.GetString()!, then?.Family ?? family);
        Assert.Matches("^[0-9a-f]{64}$", answer);
        return "";
    }

    private async Task<string> SendAsync(string host, string path, params string[] curl)
    {
        var ran = await lab.OnAsync(host, ["curl", "-gksS", "-m", "8", "-A", Browser, "-b", _cookies, "-c", _cookies, "-H", "Content-Type: application/json", .. curl, $"https://{HouseGateway.Name}{path}"]);
        return ran.Code == 0 ? ran.Output : throw new InvalidOperationException($"{host} {path}: {ran}");
    }
}

using System.Net;
using System.Net.Sockets;

namespace Gateway.Host.Dns.Providers;

/// <summary>Asks a web server with which IPv4 address it sees us: the first IPv4 address in its answer, whatever stands around it.</summary>
internal static class CallerAddress
{
    /// <summary>Nothing of the name changes by it.</summary>
    public static async Task<ProviderReply> AskAsync(ProviderHttp http, Uri address, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        var answer = await http.SendAsync(request, overV4: true, cancellationToken);
        if (answer.Trouble(address.Host) is { } trouble) return trouble;
        return answer.Status == 200 && Find(answer.Body) is { } seen
            ? new ProviderReply(ProviderOutcome.Done, $"{address.Host} sees this home as {seen}.") { Seen = seen }
            : new ProviderReply(ProviderOutcome.Trouble, $"{address.Host} does not say with which address it sees this home.");
    }

    /// <summary>The first IPv4 address in a text; null when there is none.</summary>
    public static IPAddress? Find(string text) => text[..Math.Min(text.Length, 4096)]
        .Split([.. text.Where(c => !char.IsAsciiDigit(c) && c != '.').Distinct()], StringSplitOptions.RemoveEmptyEntries)
        .Select(word => word.Trim('.')).Where(word => word.Count(c => c == '.') == 3)
        .Select(word => IPAddress.TryParse(word, out var address) && address.AddressFamily == AddressFamily.InterNetwork ? address : null)
        .FirstOrDefault(a => a is not null);
}

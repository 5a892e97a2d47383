using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Certificates;

/// <summary>
/// Whoever comes from outside over plain HTTP, where the owner has opened port 80, is told where HTTPS is, and nothing else: this answers in place of the server, which such a connection
/// never reaches. Only once the gateway has an owner and a certificate that browsers trust.
/// </summary>
internal sealed class RedirectOutside(SettingsStore settings, CertificateShelf shelf, StatusStore status, TimeProvider time)
{
    /// <summary>In bytes: all that is read of a request.</summary>
    private const int LongestHead = 4096;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Whether anybody from outside is answered.</summary>
    public bool IsOn => status.Current is { IsClaimed: true, Certificate.IsSelfSigned: false };

    /// <summary>Answers clients from outside; others go on.</summary>
    public void Guard(ListenOptions listener) => listener.Use(next => connection => connection.Features.Get<ClientOrigin>()!.IsOutside ? AnswerAsync(connection) : next(connection));

    private async Task AnswerAsync(ConnectionContext connection)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            if (await HeadAsync(connection.Transport.Input, patience.Token) is not { } head || Location(head) is not { } place)
            {
                connection.Abort(new ConnectionAbortedException("No question for a name of ours."));
                return;
            }
            await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 301 Moved Permanently\r\nLocation: {place}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), patience.Token);
            await connection.Transport.Output.CompleteAsync();
            // Who is cut while he still sends would never read the answer.
            while (await connection.Transport.Input.ReadAsync(patience.Token) is { IsCompleted: false } rest) connection.Transport.Input.AdvanceTo(rest.Buffer.End);
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionAbortedException or IOException) { connection.Abort(new ConnectionAbortedException("Gone, or too slow.")); }
    }

    /// <summary>Everything before the empty line; null where it does not end.</summary>
    private static async Task<string?> HeadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var text = Encoding.ASCII.GetString(read.Buffer.Slice(0, Math.Min(read.Buffer.Length, LongestHead)).ToArray());
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            input.AdvanceTo(end >= 0 ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
            if (end >= 0) return text[..end];
            if (read.IsCompleted || text.Length == LongestHead) return null;
        }
    }

    /// <summary>Where the same is over HTTPS; null for what is no plain question for one of our names.</summary>
    private string? Location(string head)
    {
        var lines = head.Split("\r\n");
        if (lines[0].Split(' ') is not [("GET" or "HEAD"), ['/', ..] path, ['H', 'T', 'T', 'P', '/', '1', '.', _]] || path.Any(c => c is <= ' ' or > '~' or '\\') || path.StartsWith("//", StringComparison.Ordinal)) return null;
        if (lines.Skip(1).Where(l => l.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)).ToArray() is not [var host]) return null;
        var asked = host["Host:".Length..].Trim().Split(':')[0].ToLowerInvariant();
        return PublicNames.Of(settings.Current).Any(n => n.Name == asked) && shelf.Of(asked) is not null ? $"https://{asked}{path}" : null;
    }
}

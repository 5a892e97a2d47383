using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Gateway.Host.Dns.Wire;

/// <summary>What became of a question.</summary>
internal enum DnsOutcome
{
    /// <summary>Not asked.</summary>
    Unknown = 0,
    /// <summary>Answered; perhaps that there is no such record.</summary>
    Answered,
    /// <summary>There is no such name (NXDOMAIN).</summary>
    NoSuchName,
    /// <summary>The server failed (SERVFAIL).</summary>
    Failed,
    /// <summary>The server does not want to answer, or does not understand.</summary>
    Refused,
    /// <summary>Nobody answered in time.</summary>
    Silent,
    /// <summary>There is no way to the server, or nobody listens there.</summary>
    Unreachable,
    /// <summary>What came is no answer.</summary>
    Malformed,
}

/// <summary>What a server said.</summary>
/// <param name="Outcome">What became of the question.</param>
/// <param name="Message">The answer, where there is one.</param>
internal sealed record DnsReply(DnsOutcome Outcome, DnsMessage? Message = null)
{
    /// <summary>Whether the server said what is so: these records, or none.</summary>
    public bool IsAnswer => Outcome is DnsOutcome.Answered or DnsOutcome.NoSuchName;

    /// <summary>In words for people.</summary>
    public string Words => Outcome switch
    {
        DnsOutcome.Answered => "answers",
        DnsOutcome.NoSuchName => "knows no such name",
        DnsOutcome.Failed => "fails (SERVFAIL)",
        DnsOutcome.Refused => "refuses",
        DnsOutcome.Silent => "does not answer",
        DnsOutcome.Unreachable => "is not there",
        DnsOutcome.Malformed => "answers nonsense",
        _ => "was not asked",
    };
}

/// <summary>
/// Asks one server one question: over UDP from a random port with a random number (RFC 5452), over TCP when the answer is too long for that.
/// Not the system's resolver: that tells neither who answered nor why there is no answer.
/// </summary>
internal sealed class DnsClient(TimeProvider time)
{
    /// <summary>How long one attempt waits. There are two.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    private const int Attempts = 2;

    /// <summary>Packets that answer something else are skipped; who sends more of them than this is not waited for.</summary>
    private const int MostStrays = 32;

    /// <summary>Never throws for what the network does.</summary>
    /// <param name="server">Whom to ask.</param>
    /// <param name="name">About which name; <c>.</c> is the root.</param>
    /// <param name="type">For which records.</param>
    /// <param name="recursive">Whether the server shall ask others.</param>
    /// <param name="cancellationToken">Ends it by throwing.</param>
    public async Task<DnsReply> AskAsync(IPEndPoint server, string name, DnsType type, bool recursive, CancellationToken cancellationToken)
    {
        var reply = new DnsReply(DnsOutcome.Unknown);
        for (var attempt = 0; attempt < Attempts && reply.Outcome is DnsOutcome.Unknown or DnsOutcome.Silent or DnsOutcome.Malformed; attempt++)
        {
            var question = DnsMessage.Question((ushort)RandomNumberGenerator.GetInt32(65536), name, type, recursive);
            reply = await WithinAsync(cancel => OverUdpAsync(server, question, cancel), cancellationToken);
            if (reply.Message is not { IsTruncated: true }) continue;
            reply = await WithinAsync(cancel => OverTcpAsync(server, question, cancel), cancellationToken);
            if (reply.Message is { IsTruncated: true }) reply = new DnsReply(DnsOutcome.Malformed);
        }
        return reply;
    }

    private async Task<DnsReply> WithinAsync(Func<CancellationToken, Task<DnsReply>> ask, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try { return await ask(either.Token); }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { return new DnsReply(DnsOutcome.Silent); }
        catch (SocketException) { return new DnsReply(DnsOutcome.Unreachable); }
        catch (EndOfStreamException) { return new DnsReply(DnsOutcome.Malformed); }
    }

    private static async Task<DnsReply> OverUdpAsync(IPEndPoint server, byte[] question, CancellationToken cancellationToken)
    {
        // The kernel picks a random port; a connected socket hears this server alone, and of a port where nobody listens.
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken);
        await socket.SendAsync(question, cancellationToken);
        var buffer = new byte[4096];
        for (var stray = 0; stray < MostStrays; stray++)
        {
            var length = await socket.ReceiveAsync(buffer, cancellationToken);
            if (DnsMessage.IsAnswer(buffer.AsSpan(0, length), question)) return Read(buffer.AsSpan(0, length), question.Length);
        }
        return new DnsReply(DnsOutcome.Malformed);
    }

    private static async Task<DnsReply> OverTcpAsync(IPEndPoint server, byte[] question, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellationToken);
        using var stream = new NetworkStream(socket);
        var framed = new byte[question.Length + 2]; // RFC 1035 section 4.2.2: a length of two bytes goes before
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)question.Length);
        question.CopyTo(framed, 2);
        try
        {
            await stream.WriteAsync(framed, cancellationToken);
            await stream.ReadExactlyAsync(framed.AsMemory(0, 2), cancellationToken);
            var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(framed)];
            await stream.ReadExactlyAsync(answer, cancellationToken);
            return DnsMessage.IsAnswer(answer, question) ? Read(answer, question.Length) : new DnsReply(DnsOutcome.Malformed);
        }
        catch (IOException e) when (e is not EndOfStreamException) { return new DnsReply(DnsOutcome.Unreachable); }
    }

    private static DnsReply Read(ReadOnlySpan<byte> packet, int questionLength) => DnsMessage.Read(packet, questionLength) is { } message
        ? new DnsReply(message.Code switch { 0 => DnsOutcome.Answered, 2 => DnsOutcome.Failed, 3 => DnsOutcome.NoSuchName, _ => DnsOutcome.Refused }, message)
        : new DnsReply(DnsOutcome.Malformed);
}

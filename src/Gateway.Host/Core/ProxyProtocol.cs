using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Core;

/// <summary>
/// Who really comes, said by a tunnel before the first byte of a connection: the binary header of HAProxy's PROXY protocol, version 2
/// (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt, section 2.2). Read only at listeners whose role says so: anybody could write one.
/// </summary>
public static class ProxyProtocol
{
    /// <summary>A header of 16 bytes and two IPv6 addresses with their ports; what some add to it (TLVs) may fill the rest.</summary>
    public const int Longest = 536;

    private const int FixedPart = 16, Version2 = 0x20;
    private const byte Proxied = 1, TcpOverIpv4 = 0x11, TcpOverIpv6 = 0x21;

    /// <summary>A tunnel's program sends it with its first packet.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(5);

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Writes a header that says so; addresses of two families, or none, say that nothing is known.</summary>
    public static byte[] Write(EndPoint? source, EndPoint? destination)
    {
        var (from, to) = (Ip(source), Ip(destination));
        var isKnown = from is not null && to is not null && from.AddressFamily == to.AddressFamily;
        var size = !isKnown ? 0 : from!.AddressFamily == AddressFamily.InterNetwork ? 4 : 16;
        var header = new byte[FixedPart + (isKnown ? 2 * size + 4 : 0)];
        Signature.CopyTo(header);
        header[12] = Version2 | Proxied;
        header[13] = size switch { 4 => TcpOverIpv4, 16 => TcpOverIpv6, _ => 0 }; // 0: UNSPEC
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), (ushort)(header.Length - FixedPart));
        if (!isKnown) return header;
        from!.Address.TryWriteBytes(header.AsSpan(FixedPart), out _);
        to!.Address.TryWriteBytes(header.AsSpan(FixedPart + size), out _);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(FixedPart + 2 * size), (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(FixedPart + 2 * size + 2), (ushort)to.Port);
        return header;
    }

    /// <summary>Reads a header. Null while it is not whole; else how long it is and who comes (null: it does not say). Throws <see cref="InvalidDataException"/> when it is none, or longer than <see cref="Longest"/>.</summary>
    public static (int Length, IPEndPoint? Source)? Read(ReadOnlySequence<byte> received)
    {
        Span<byte> begin = stackalloc byte[(int)Math.Min(received.Length, Longest)];
        received.Slice(0, begin.Length).CopyTo(begin);
        var shown = Math.Min(begin.Length, Signature.Length);
        if (!begin[..shown].SequenceEqual(Signature[..shown])) throw new InvalidDataException("This is no PROXY header.");
        if (begin.Length < FixedPart) return null;
        var (command, family, rest) = (begin[12], begin[13], BinaryPrimitives.ReadUInt16BigEndian(begin[14..]));
        if (command is not (Version2 or Version2 | Proxied)) throw new InvalidDataException("This is no PROXY header of version 2.");
        if (FixedPart + rest > Longest) throw new InvalidDataException("This PROXY header is too long.");
        if (begin.Length < FixedPart + rest) return null;
        var size = family switch { TcpOverIpv4 => 4, TcpOverIpv6 => 16, _ => 0 };
        if (size == 0 || command == Version2) return (FixedPart + rest, null); // LOCAL, or something that is no TCP: whoever connects speaks for himself
        if (rest < 2 * size + 4) throw new InvalidDataException("This PROXY header is shorter than its addresses.");
        var address = new IPAddress(begin.Slice(FixedPart, size)).Unmapped();
        return (FixedPart + rest, new IPEndPoint(address, BinaryPrimitives.ReadUInt16BigEndian(begin[(FixedPart + 2 * size)..])));
    }

    /// <summary>Takes the header off each connection of a listener, and gives the connection the address in it. Cuts who sends none, or too late. Comes first of all.</summary>
    public static void Expect(ListenOptions listener)
    {
        var time = listener.ApplicationServices.GetRequiredService<TimeProvider>();
        listener.Use(next => async connection =>
        {
            try
            {
                using var patience = new CancellationTokenSource(Within, time);
                connection.RemoteEndPoint = await TakeAsync(connection.Transport.Input, patience.Token) ?? connection.RemoteEndPoint;
            }
            catch (Exception e) when (e is InvalidDataException or OperationCanceledException or IOException)
            {
                connection.Abort(new ConnectionAbortedException("What came first was no PROXY header."));
                return;
            }
            await next(connection);
        });
    }

    private static async Task<IPEndPoint?> TakeAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            if (Read(read.Buffer) is var (length, source))
            {
                input.AdvanceTo(read.Buffer.GetPosition(length));
                return source;
            }
            if (read.IsCompleted) throw new InvalidDataException("The connection ended before a PROXY header came.");
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static IPEndPoint? Ip(EndPoint? end) => end is IPEndPoint ip ? new IPEndPoint(ip.Address.Unmapped(), ip.Port) : null;
}

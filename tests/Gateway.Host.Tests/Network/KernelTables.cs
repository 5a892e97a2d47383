using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Gateway.Host.Network;

namespace Gateway.Host.Tests.Network;

/// <summary>What a kernel told, captured, and messages of our own making.</summary>
internal static class KernelTables
{
    /// <summary>All answers of a kernel have this sequence number here.</summary>
    public const uint Sequence = 7;

    private const string CapturedLinks = "TAAAABAAAgAHAAAATikAAAAABAMBAAAASQABAAAAAAAHAAMAbG8AAAgADQDoAwAABQAQAAAAAAAFACEAAQAAAAoAAQAAAAAAAAAAAFAAAAAQAAIABwAAAE4pAAAAAAEAAgAAAEMQAQAAAAAACQADAGV0aDAAAAAACAANAOgDAAAFABAABgAAAAUAIQABAAAACgABAAIAAAB3EAAA";

    private const string CapturedAddresses = "TAAAABQAAgAHAAAAFyYAAAIIgP4BAAAACAABAH8AAAEIAAIAfwAAAQcAAwBsbwAACAAIAIAAAAAUAAYA//////////9S3AMAUtwDAFAAAAAUAAIABwAAABcmAAACGIAAAgAAAAgAAQDAqE0KCAACAMCoTQoJAAMAZXRoMAAAAAAIAAgAgAAAABQABgD//////////27cAwBu3AMAUAAAABQAAgAHAAAAFyYAAAqAgP4BAAAAFAABAAAAAAAAAAAAAAAAAAAAAAEUAAYA//////////9S3AMAUtwDAAgACACAAAAABQALAAEAAABQAAAAFAACAAcAAAAXJgAACkAAAAIAAAAUAAEAIAENuAABAAEAAAD//gB3EBQABgAPDgAAHxwAAJ/cAwDT3AMACAAIAAABAAAFAAsAAgAAAFAAAAAUAAIABwAAABcmAAAKQID9AgAAABQAAQD+gAAAAAAAADwj+//+o5vkFAAGAP//////////ZNwDAGTcAwAIAAgAgAAAAAUACwADAAAA";

    private const string CapturedV4Routes = "NAAAABgAAgAHAAAAFyYAAAIAAAD+AwABAAAAAAgADwD+AAAACAAFAMCoTQEIAAQAAgAAADwAAAAYAAIABwAAABcmAAACGAAA/gL9AQAAAAAIAA8A/gAAAAgAAQDAqE0ACAAHAMCoTQoIAAQAAgAAADwAAAAYAAIABwAAABcmAAACIAAA/wL9AwAAAAAIAA8A/wAAAAgAAQDAqE3/CAAHAMCoTQoIAAQAAgAAAA==";

    private const string CapturedV6Routes = "dAAAABgAAgAHAAAAFyYAAApAAAD+AgABAAAAAAgADwD+AAAAFAABACABDbgAAQABAAAAAAAAAAAIAAYAAAEAAAgABAACAAAAJAAMAAAAAAAAAAAA9vsKAAAAAAAAAAAAAAAAAAAAAAAAAAAABQAUAAAAAACAAAAAGAACAAcAAAAXJgAACgAAAP4JAAEAAAAACAAPAP4AAAAMAAgACAAKAEAAAAAIAAYAAAQAABQABQD+gAAAAAAAAAAAAAAAAAABCAAEAAIAAAAkAAwAAAAAAAAAAADmFgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFABQAAAAAAHQAAAAYAAIABwAAABcmAAAKCAAA/wIABQAAAAAIAA8A/wAAABQAAQD/AAAAAAAAAAAAAAAAAAAACAAGAAABAAAIAAQAAgAAACQADAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAUAFAAAAAAA";

    /// <summary>A machine with lo and eth0, a router's advertisement heard: Linux 6.18 in a namespace.</summary>
    public static IReadOnlyList<byte[]> Captured { get; } = [.. new[] { CapturedLinks, CapturedAddresses, CapturedV4Routes, CapturedV6Routes }.Select(Convert.FromBase64String)];

    public static NetworkDump Read(params IEnumerable<byte[]> datagrams)
    {
        var dump = new NetworkDump();
        foreach (var datagram in datagrams) dump.Read(datagram, Sequence);
        return dump;
    }

    public static byte[] Message(ushort type, byte[] body, ushort flags = 2, uint sequence = Sequence)
    {
        var message = new byte[NetlinkFrames.HeaderLength + body.Length];
        MemoryMarshal.Write(message, message.Length);
        MemoryMarshal.Write(message.AsSpan(4), type);
        MemoryMarshal.Write(message.AsSpan(6), flags);
        MemoryMarshal.Write(message.AsSpan(8), sequence);
        body.CopyTo(message, NetlinkFrames.HeaderLength);
        return message;
    }

    public static byte[] Attribute(ushort type, params byte[] value)
    {
        var attribute = new byte[(4 + value.Length + 3) & ~3];
        MemoryMarshal.Write(attribute, (ushort)(4 + value.Length));
        MemoryMarshal.Write(attribute.AsSpan(2), type);
        value.CopyTo(attribute, 4);
        return attribute;
    }

    public static byte[] Number(uint value) => BitConverter.GetBytes(value);

    public static byte[] Bytes(string address) => IPAddress.Parse(address).GetAddressBytes();

    public static byte[] Link(int index, string name, uint flags = 0x11043, ushort type = 1) => Message(NetworkDump.NewLink,
        [0, 0, .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(index), .. Number(flags), .. Number(0), .. Attribute(3, [.. Encoding.UTF8.GetBytes(name), 0])]);

    public static byte[] Address(int link, string address, uint flags, byte prefix = 64, params byte[] more) => Message(NetworkDump.NewAddress,
        [(byte)(address.Contains(':') ? 10 : 2), prefix, (byte)flags, 0, .. BitConverter.GetBytes(link), .. Attribute(1, Bytes(address)), .. Attribute(8, Number(flags)), .. more]);

    public static byte[] Route(bool v6, byte[] attributes, byte destination = 0, byte table = 254, byte type = 1, uint flags = 0) => Message(NetworkDump.NewRoute,
        [(byte)(v6 ? 10 : 2), destination, 0, 0, table, 9, 0, type, .. Number(flags), .. attributes]);
}

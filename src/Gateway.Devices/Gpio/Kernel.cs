using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Devices.Gpio;

/// <summary>
/// The kernel's GPIO character device, second version: include/uapi/linux/gpio.h
/// (https://docs.kernel.org/userspace-api/gpio/chardev.html). The requests' numbers carry the size of their structure.
/// </summary>
internal static unsafe partial class Kernel
{
    public const nuint GetChipInfo = 0x8044B401;      // GPIO_GET_CHIPINFO_IOCTL
    public const nuint GetLineInfo = 0xC100B405;      // GPIO_V2_GET_LINEINFO_IOCTL
    public const nuint GetLine = 0xC250B407;          // GPIO_V2_GET_LINE_IOCTL
    public const nuint SetConfig = 0xC110B40D;        // GPIO_V2_LINE_SET_CONFIG_IOCTL
    public const nuint GetValues = 0xC010B40E;        // GPIO_V2_LINE_GET_VALUES_IOCTL
    public const nuint SetValues = 0xC010B40F;        // GPIO_V2_LINE_SET_VALUES_IOCTL

    public const ulong FlagInput = 1 << 2;            // GPIO_V2_LINE_FLAG_INPUT
    public const ulong FlagOutput = 1 << 3;           // GPIO_V2_LINE_FLAG_OUTPUT
    public const uint AttributeOutputValues = 2;      // GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES

    // errno, include/uapi/asm-generic/errno-base.h
    public const int NotPermitted = 1, NoSuchFile = 2, AccessDenied = 13, Busy = 16, Invalid = 22;

    private const int ReadWrite = 2, CloseOnExec = 0x80000; // O_RDWR | O_CLOEXEC

#pragma warning disable CS0649 // the kernel assigns them
    [InlineArray(32)]
    public struct Name { private byte _first; } // GPIO_MAX_NAME_SIZE

    [InlineArray(64)]
    public struct Offsets { private uint _first; } // GPIO_V2_LINES_MAX

    [StructLayout(LayoutKind.Sequential)]
    public struct ChipInfo { public Name Name; public Name Label; public uint Lines; }

    [StructLayout(LayoutKind.Sequential)]
    public struct Attribute { public uint Id; public uint Padding; public ulong Values; public ulong Mask; }

    [InlineArray(10)]
    public struct Attributes { private Attribute _first; } // GPIO_V2_LINE_NUM_ATTRS_MAX

    [InlineArray(5)]
    public struct Padding5 { private uint _first; }

    [InlineArray(4)]
    public struct Padding4 { private uint _first; }

    [StructLayout(LayoutKind.Sequential)]
    public struct LineConfig { public ulong Flags; public uint Count; public Padding5 Padding; public Attributes Attributes; }

    [StructLayout(LayoutKind.Sequential)]
    public struct LineRequest { public Offsets Offsets; public Name Consumer; public LineConfig Config; public uint Lines; public uint EventBufferSize; public Padding5 Padding; public int File; }

    [InlineArray(160)]
    public struct LineInfoAttributes { private byte _first; }

    [StructLayout(LayoutKind.Sequential)]
    public struct LineInfo { public Name Name; public Name Consumer; public uint Offset; public uint AttributeCount; public ulong Flags; public LineInfoAttributes Attributes; public Padding4 Padding; }

    [StructLayout(LayoutKind.Sequential)]
    public struct LineValues { public ulong Bits; public ulong Mask; }

#pragma warning restore CS0649

    /// <summary>Opens a device file; null and the error number when it cannot be.</summary>
    public static SafeFileHandle? Open(string path, out int error)
    {
        var file = OpenFile(path, ReadWrite | CloseOnExec);
        error = file < 0 ? Marshal.GetLastPInvokeError() : 0;
        return file < 0 ? null : new SafeFileHandle(file, ownsHandle: true);
    }

    /// <summary>0, or the error number.</summary>
    public static int Control<T>(SafeFileHandle file, nuint request, ref T data) where T : unmanaged
    {
        fixed (T* pointer = &data) return Ioctl(file, request, pointer) < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>The text of a fixed, zero-ended field.</summary>
    public static string Text(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeFileHandle file, nuint request, void* data);
}

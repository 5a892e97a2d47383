using System.Runtime.CompilerServices;
using Gateway.Devices.Gpio;

namespace Gateway.Devices.Tests.Gpio;

public sealed class KernelTests
{
    // The size is bits 16 to 29 of a request's number: include/uapi/asm-generic/ioctl.h.
    [Fact]
    public void Every_structure_has_the_size_that_its_request_carries()
    {
        Assert.Equal(Size(Kernel.GetChipInfo), Unsafe.SizeOf<Kernel.ChipInfo>());
        Assert.Equal(Size(Kernel.GetLineInfo), Unsafe.SizeOf<Kernel.LineInfo>());
        Assert.Equal(Size(Kernel.GetLine), Unsafe.SizeOf<Kernel.LineRequest>());
        Assert.Equal(Size(Kernel.SetConfig), Unsafe.SizeOf<Kernel.LineConfig>());
        Assert.Equal(Size(Kernel.GetValues), Unsafe.SizeOf<Kernel.LineValues>());
        Assert.Equal(Size(Kernel.SetValues), Unsafe.SizeOf<Kernel.LineValues>());
    }

    [Fact]
    public void The_kernel_answers_a_request_that_it_does_not_know()
    {
        using var file = Kernel.Open("/dev/null", out var error);
        Assert.Equal(0, error);
        var info = default(Kernel.ChipInfo);
        Assert.NotEqual(0, Kernel.Control(file!, Kernel.GetChipInfo, ref info)); // ENOTTY
        Assert.Null(Kernel.Open("/dev/none", out error));
        Assert.Equal(Kernel.NoSuchFile, error);
    }

    [Fact]
    public void A_machine_without_gpio_says_so()
    {
        using var dev = new TemporaryFolder();
        Assert.Contains("no GPIO", Assert.Throws<LightUnavailableException>(() => GpioChip.Find(dev.Path, null)).Message, StringComparison.Ordinal);
    }

    private static int Size(nuint request) => (int)(request >> 16 & 0x3FFF);
}

using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Devices.Gpio;

/// <summary>One GPIO chip of this machine, as the kernel describes it.</summary>
/// <param name="Path">Its device file.</param>
/// <param name="Label">What it is, such as <c>pinctrl-rp1</c>: stays while the numbers of the device files change.</param>
/// <param name="Lines">How many lines it has.</param>
public sealed record GpioChip(string Path, string Label, int Lines)
{
    // The chip behind the 40-pin header: Raspberry Pi 5, Pi 4, Pi 3 and older.
    private static readonly string[] Headers = ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835"];

    /// <summary>The chips below <paramref name="dev"/> that may be opened.</summary>
    public static IReadOnlyList<GpioChip> All(string dev)
    {
        var chips = new List<GpioChip>();
        foreach (var path in Directory.GetFiles(dev, "gpiochip*").OrderBy(Number))
        {
            if (Kernel.Open(path, out _) is not { } file) continue;
            using (file)
            {
                if (Describe(file, path) is { } chip) chips.Add(chip);
            }
        }
        return chips;
    }

    /// <summary>
    /// The chip of this label, name (<c>gpiochip0</c>) or path; with null that of the board's header. <see cref="LightUnavailableException"/> says which there are.
    /// </summary>
    public static GpioChip Find(string dev, string? wanted)
    {
        var chips = All(dev);
        var found = wanted is null ? Headers.Select(h => chips.FirstOrDefault(c => c.Label == h)).FirstOrDefault(c => c is not null) ?? (chips is [var only] ? only : null)
            : chips.FirstOrDefault(c => c.Label == wanted) ?? chips.FirstOrDefault(c => c.Path == wanted || System.IO.Path.GetFileName(c.Path) == wanted);
        if (found is not null) return found;
        var files = Directory.GetFiles(dev, "gpiochip*");
        throw new LightUnavailableException(
            files.Length == 0 ? $"This machine has no GPIO: there is no {dev}/gpiochip0."
            : chips.Count == 0 ? $"No permission for {files[0]}: add the gateway's user to the group that owns it (gpio)."
            : (wanted is null ? "It is not clear which GPIO chip is meant" : $"There is no GPIO chip \"{wanted}\"") + $": set chip to one of {string.Join(", ", chips.Select(c => c.Label))}.");
    }

    private static GpioChip? Describe(SafeFileHandle file, string path)
    {
        var info = default(Kernel.ChipInfo);
        return Kernel.Control(file, Kernel.GetChipInfo, ref info) == 0 ? new GpioChip(path, Kernel.Text(info.Label), (int)info.Lines) : null;
    }

    private static int Number(string path) =>
        int.TryParse(System.IO.Path.GetFileName(path).AsSpan("gpiochip".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : int.MaxValue;
}

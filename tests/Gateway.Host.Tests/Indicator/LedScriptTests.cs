using System.Diagnostics;

namespace Gateway.Host.Tests.Indicator;

/// <summary>The unit's small scripts, on folders shaped like the kernel's.</summary>
public sealed class LedScriptTests : IDisposable
{
    private static readonly string Scripts = Path.Combine(Repository.Root, "image", "rootfs", "usr", "lib", "gateway");
    private readonly string _folder = Directory.CreateTempSubdirectory("gw-led-").FullName;

    public LedScriptTests() => Led("ACT", "none [mmc0] timer pattern");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("none [mmc0] timer transient pattern", "pattern")]
    [InlineData("none [mmc0] timer transient", "transient")]
    [InlineData("[none] mmc0 timer", "none")]
    public async Task The_best_trigger_is_set_and_the_leds_files_handed_over(string triggers, string best)
    {
        Led("ACT", triggers);
        Assert.Equal(0, await RunAsync("led-prepare", "kernel:ACT"));
        Assert.Equal(best, Read("ACT/trigger"));
        Assert.Equal($"{_folder}/ACT", Read("note"));
        foreach (var file in new[] { "brightness", "pattern", "repeat" })
            Assert.True(File.GetUnixFileMode(Path.Combine(_folder, "ACT", file)).HasFlag(UnixFileMode.GroupWrite), file);
        Assert.False(File.GetUnixFileMode(Path.Combine(_folder, "ACT", "max_brightness")).HasFlag(UnixFileMode.GroupWrite));
    }

    [Fact]
    public async Task An_older_kernels_name_is_found()
    {
        Directory.Move(Path.Combine(_folder, "ACT"), Path.Combine(_folder, "led0"));
        Assert.Equal(0, await RunAsync("led-prepare", "kernel:ACT"));
        Assert.Equal("pattern", Read("led0/trigger"));
    }

    [Theory]
    [InlineData("kernel:PWR")]
    [InlineData("sysfs:/nowhere")]
    [InlineData("gpio:27")]
    [InlineData("none")]
    [InlineData("")]
    public async Task What_is_not_there_is_left_to_the_gateway_to_say(string output)
    {
        Assert.Equal(0, await RunAsync("led-prepare", output));
        Assert.Equal("none [mmc0] timer pattern", Read("ACT/trigger"));
        Assert.False(Directory.Exists(Path.Combine(_folder, "PWR")));
    }

    [Fact]
    public async Task A_plain_folder_gets_no_files_that_it_does_not_have()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "plain"));
        File.WriteAllText(Path.Combine(_folder, "plain", "brightness"), "0");
        Assert.Equal(0, await RunAsync("led-prepare", $"sysfs:{_folder}/plain"));
        Assert.Equal(["brightness"], Directory.GetFiles(Path.Combine(_folder, "plain")).Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public async Task However_the_gateway_ended_the_led_is_darkened()
    {
        await RunAsync("led-prepare", "kernel:ACT");
        Write("ACT/brightness", "255");
        File.Delete(Path.Combine(_folder, "gateway")); // it is no longer needed
        Assert.Equal(0, await RunAsync("led-dark", null));
        Assert.Equal("0", Read("ACT/brightness"));
    }

    [Fact]
    public async Task A_gpio_led_is_darkened_by_a_keeper_that_is_not_fed()
    {
        await RunAsync("led-prepare", "gpio:27");
        Write("gateway", $"#!/bin/sh\necho \"$*:$(cat)\" > {_folder}/called\n");
        Assert.Equal(0, await RunAsync("led-dark", null));
        Assert.Equal("led-keeper gpio:27:", Read("called"));
    }

    [Fact]
    public async Task Without_a_note_there_is_nothing_to_darken() => Assert.Equal(0, await RunAsync("led-dark", null));

    /// <summary>Runs a script with a gateway that says <paramref name="output"/> to <c>led-output</c>.</summary>
    private async Task<int> RunAsync(string script, string? output)
    {
        if (output is not null)
        {
            Write("gateway", $"#!/bin/sh\n[ \"$1\" = led-output ] && echo '{output}'\n");
            File.SetUnixFileMode(Path.Combine(_folder, "gateway"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        var start = new ProcessStartInfo("sh", [Path.Combine(Scripts, script)]) { UseShellExecute = false, RedirectStandardError = true };
        start.Environment["GATEWAY_PROGRAM"] = Path.Combine(_folder, "gateway");
        start.Environment["GATEWAY_LEDS"] = _folder;
        start.Environment["GATEWAY_LED_NOTE"] = Path.Combine(_folder, "note");
        start.Environment["GATEWAY_GROUP"] = GroupOf(_folder);
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal("", error);
        return process.ExitCode;
    }

    private static string GroupOf(string path)
    {
        using var stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%g", path]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        return stat.StandardOutput.ReadToEnd().Trim();
    }

    private void Led(string name, string triggers)
    {
        Directory.CreateDirectory(Path.Combine(_folder, name));
        foreach (var (file, text) in new[] { ("trigger", triggers), ("brightness", "0"), ("max_brightness", "255"), ("pattern", ""), ("repeat", "-1") }) Write($"{name}/{file}", text + "\n");
    }

    private string Read(string file) => File.ReadAllText(Path.Combine(_folder, file)).Trim();

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);
}

using System.Device.Gpio;
using System.IO.Pipelines;
using Gateway.Devices;
using Gateway.Host.Indicator;

namespace Gateway.Host.Tests.Indicator;

/// <summary>The keeper's own side, spoken to over its input and output.</summary>
public sealed class KeeperProgramTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeProvider Time = TimeProvider.System;
    private readonly string _folder = Directory.CreateTempSubdirectory("gw-led-").FullName;
    private readonly Pipe _input = new(), _answers = new();
    private readonly CancellationTokenSource _told = new();

    public KeeperProgramTests()
    {
        Write("brightness", "200\n");
        Write("max_brightness", "255\n");
    }

    public void Dispose()
    {
        _told.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task It_darkens_first_answers_every_line_and_darkens_when_its_input_ends()
    {
        var keeper = StartAsync("sysfs:" + _folder);
        using var answers = new StreamReader(_answers.Reader.AsStream());
        Assert.Equal("ok", await AnswerAsync(answers));
        Assert.Equal("0", Read("brightness"));
        await SayAsync($"{In(20)} 3000");
        Assert.Equal("ok", await AnswerAsync(answers));
        await ComesAsync("255");
        await _input.Writer.CompleteAsync();
        Assert.Equal(0, await keeper.WaitAsync(Patience));
        Assert.Equal("0", Read("brightness"));
    }

    [Fact]
    public async Task What_it_was_told_is_good_for_so_long_and_no_longer()
    {
        var keeper = StartAsync("sysfs:" + _folder);
        using var answers = new StreamReader(_answers.Reader.AsStream());
        await AnswerAsync(answers);
        await SayAsync($"{In(2)} 3000");
        await ComesAsync("255");
        await ComesAsync("0");
        await SayAsync($"{In(-1)} 3000"); // a line that waited too long
        await SayAsync($"{In(1)}"); // darkness
        for (var i = 0; i < 3; i++) Assert.Equal("ok", await AnswerAsync(answers));
        Assert.Equal("0", Read("brightness"));
        await _told.CancelAsync();
        Assert.Equal(0, await keeper.WaitAsync(Patience));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("-5 3000")]
    [InlineData("99999999999999999999 3000")]
    [InlineData("9999999999999 100 200 300")]
    [InlineData("9999999999999 100 -200")]
    [InlineData("9999999999999 0")]
    [InlineData("9999999999999 100000000000 5")]
    [InlineData("\0\uFFFF")]
    public async Task Nonsense_is_darkness_and_the_end(string line)
    {
        var keeper = StartAsync("sysfs:" + _folder);
        await SayAsync(line);
        Assert.Equal(0, await keeper.WaitAsync(Patience));
        Assert.Equal("0", Read("brightness"));
    }

    [Theory]
    [InlineData("sysfs:/nowhere", "There is no /nowhere/brightness.")]
    [InlineData("nonsense", "\"nonsense\" is no LED.")]
    public async Task What_is_not_there_is_its_last_word(string output, string words)
    {
        Assert.Equal(1, await StartAsync(output).WaitAsync(Patience));
        using var answers = new StreamReader(_answers.Reader.AsStream());
        Assert.Equal(words, await AnswerAsync(answers));
    }

    [Fact]
    public async Task A_led_that_goes_away_is_said_and_ends_it()
    {
        var keeper = StartAsync("sysfs:" + _folder);
        using var answers = new StreamReader(_answers.Reader.AsStream());
        await AnswerAsync(answers);
        File.Delete(Path.Combine(_folder, "brightness"));
        await SayAsync($"{In(20)} 150 200");
        Assert.Equal("ok", await AnswerAsync(answers));
        Assert.Equal($"There is no {_folder}/brightness.", await AnswerAsync(answers));
        Assert.Equal(1, await keeper.WaitAsync(Patience));
    }

    [Fact]
    public async Task The_kernel_is_asked_to_end_each_flash_where_it_can()
    {
        Write("trigger", "none [mmc0] transient\n");
        foreach (var file in new[] { "activate", "duration", "state" }) Write(file, "0\n");
        var keeper = StartAsync("kernel:" + _folder);
        using var answers = new StreamReader(_answers.Reader.AsStream());
        await AnswerAsync(answers);
        Assert.Equal(("transient", "1", "0"), (Read("trigger"), Read("state"), Read("activate")));
        await SayAsync($"{In(20)} 3000");
        while (Read("activate") != "1") await Task.Yield();
        Assert.InRange(int.Parse(Read("duration")), 10_000, 20_000); // for as long as it is good
        await _input.Writer.CompleteAsync();
        Assert.Equal(0, await keeper.WaitAsync(Patience));
        Assert.Equal("0", Read("activate"));
        Assert.Equal("200", Read("brightness")); // writing there would take the trigger away
    }

    [Fact]
    public async Task A_gpio_line_is_low_first_and_last()
    {
        var line = new Line();
        var keeper = StartAsync("gpio:27", new Hardware { OpenGpio = (_, _) => line });
        using var answers = new StreamReader(_answers.Reader.AsStream());
        await AnswerAsync(answers);
        await SayAsync($"{In(20)} 3000");
        await line.HighAsync().WaitAsync(Patience);
        await _input.Writer.CompleteAsync();
        Assert.Equal(0, await keeper.WaitAsync(Patience));
        Assert.Equal(PinValue.Low, line.Driven[0]);
        Assert.Equal(PinValue.Low, line.Driven[^1]);
    }

    private Task<int> StartAsync(string output, Hardware? hardware = null) =>
        KeeperProgram.RunAsync(output, new StreamReader(_input.Reader.AsStream()), new StreamWriter(_answers.Writer.AsStream()), Time, _told.Token, hardware);

    private async Task SayAsync(string line) => await _input.Writer.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + "\n"));

    private static async Task<string?> AnswerAsync(StreamReader answers) => await answers.ReadLineAsync().WaitAsync(Patience);

    private async Task ComesAsync(string value)
    {
        var start = Time.GetTimestamp();
        while (Read("brightness") != value)
        {
            Assert.True(Time.GetElapsedTime(start) < Patience);
            await Task.Yield();
        }
    }

    private static long In(double seconds) => Time.GetTimestamp() + (long)(seconds * Time.TimestampFrequency);

    private string Read(string file) => File.ReadAllText(Path.Combine(_folder, file)).Trim();

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);

    private sealed class Line : GpioDriver
    {
        private readonly TaskCompletionSource _high = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<PinValue> Driven { get; } = [];

        public Task HighAsync() => _high.Task;

        protected override int PinCount => 54;

        protected override void OpenPin(int pinNumber) { }
        protected override void ClosePin(int pinNumber) { }
        protected override void SetPinMode(int pinNumber, PinMode mode) { }
        protected override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue) => Write(pinNumber, initialValue);
        protected override PinMode GetPinMode(int pinNumber) => PinMode.Output;
        protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => true;
        protected override PinValue Read(int pinNumber) => Driven[^1];

        protected override void Write(int pinNumber, PinValue value)
        {
            Driven.Add(value);
            if (value == PinValue.High) _high.TrySetResult();
        }

        protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) => throw new NotSupportedException();
        protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback) => throw new NotSupportedException();
        protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback) => throw new NotSupportedException();
    }
}

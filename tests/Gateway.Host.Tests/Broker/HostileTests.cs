using System.Diagnostics;
using System.Net.Sockets;
using Gateway.Host.Broker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Host.Tests.Broker;

/// <summary>What strangers send. Nothing of it may spin, pile up, or end anything but their own connection.</summary>
public sealed class HostileTests
{
    private const string Connect = "1010" + "00044D515454" + "04" + "02" + "003C" + "0004" + "7A7A7A7A";
    private const string Connect5 = "1011" + "00044D515454" + "05" + "02" + "003C" + "00" + "0004" + "7A7A7A7A";

    [Fact]
    public async Task A_single_byte_and_then_the_end_leaves_nothing_spinning()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        for (var i = 0; i < 2000; i++)
        {
            using var socket = await gateway.DialAsync();
            await socket.SendAsync(new byte[] { 0x10 });
            socket.Shutdown(SocketShutdown.Both);
        }
        await StaysUsableAsync(gateway);
        await IsIdleAsync();
    }

    [Theory]
    [InlineData("", "")] // nothing at all
    [InlineData("C000", "")] // PINGREQ first
    [InlineData("10FFFFFFFFFF", "")] // a length of five bytes
    [InlineData("10FFFFFF7F", "")] // 256 MB announced
    [InlineData("10FF7F", "")] // more than a stranger may send
    [InlineData("1010" + "00044D515454" + "04" + "03" + "003C" + "0004" + "7A7A7A7A", "")] // a reserved flag
    [InlineData("1010" + "00044D515454" + "04" + "02" + "003C" + "0004" + "7A7AC328", "")] // a client identifier that is not UTF-8
    [InlineData("1014" + "00044D515454" + "04" + "82" + "003C" + "0004" + "7A7A7A7A" + "0002" + "C328", "")] // the user name
    [InlineData("100C" + "00044D515454" + "04" + "00" + "003C" + "0000", "")] // no identifier, but a session to keep
    [InlineData(Connect + "3005" + "0002" + "C328" + "00", "20020000")] // a topic that is not UTF-8
    [InlineData(Connect + "3005" + "0003" + "610062", "20020000")] // a topic with a NUL
    [InlineData(Connect + "3005" + "0003" + "612F23", "20020000")] // a topic with a wildcard
    [InlineData(Connect + "3605" + "0001" + "61" + "0001", "20020000")] // QoS 3
    [InlineData(Connect + "3205" + "0001" + "61" + "0000", "20020000")] // packet identifier 0
    [InlineData(Connect + "8006" + "0001" + "0001" + "61" + "00", "20020000")] // flags of SUBSCRIBE
    [InlineData(Connect + "8206" + "0001" + "0001" + "61" + "03", "20020000")] // SUBSCRIBE with QoS 3
    [InlineData(Connect + "8202" + "0001", "20020000")] // SUBSCRIBE to nothing
    [InlineData(Connect + "20020000", "20020000")] // what only a server sends
    [InlineData(Connect + Connect, "20020000")] // CONNECT twice [MQTT-3.1.0-2]
    [InlineData(Connect + "F000", "20020000")] // AUTH in 3.1.1
    [InlineData(Connect + "30FFFF7F", "20020000")] // too large
    public async Task Broken_packets_end_their_connection(string sent, string answered)
    {
        await using var gateway = await BrokerUnderTest.StartAsync(s => s.AddSingleton(new BrokerLimits { ConnectWithin = TimeSpan.FromSeconds(1) }));
        using var socket = await gateway.DialAsync();
        await socket.SendAsync(Convert.FromHexString(sent));
        Assert.Equal(answered, Convert.ToHexString(await socket.ReadToEndAsync()));
    }

    [Theory]
    [InlineData("3005" + "0002" + "6162" + "05", "E00181")] // properties that are not there
    [InlineData("3007" + "0001" + "61" + "03" + "230001", "E00194")] // a topic alias nobody offered
    [InlineData("30FFFF7F", "E00195")] // too large
    public async Task A_client_of_MQTT_5_is_told_why_it_must_go(string sent, string disconnect)
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        using var socket = await gateway.DialAsync();
        await socket.SendAsync(Convert.FromHexString(Connect5 + sent));
        var answer = Convert.ToHexString(await socket.ReadToEndAsync());
        Assert.StartsWith("20", answer, StringComparison.Ordinal);
        Assert.Contains(disconnect[4..], answer[^4..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_falls_silent_is_cut_after_one_and_a_half_keep_alives()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        using var socket = await gateway.DialAsync();
        await socket.SendAsync(Convert.FromHexString(Connect.Replace("003C", "0001", StringComparison.Ordinal)));
        Assert.Equal("20020000", Convert.ToHexString(await socket.ReadToEndAsync()));
    }

    [Fact]
    public async Task Thousands_of_mutated_packets_disturb_nobody_and_are_no_errors_of_ours()
    {
        using var errors = new ErrorCounter();
        await using var gateway = await BrokerUnderTest.StartAsync(s => s.AddSingleton<ILoggerProvider>(errors));
        var random = new Random(20261123);
        string[] seeds =
        [
            Connect, Connect5, Connect + "820600010001612F", Connect + "3007000361622F6869", Connect + "3209000361622F00016869",
            Connect5 + "8207000100000161" + "01", Connect5 + "320A000361622F0001006869", Connect + "340900036162630001" + "6869" + "62020001", Connect + "A2050001000161" + "C000E000",
        ];
        for (var i = 0; i < 3000; i++)
        {
            var bytes = Convert.FromHexString(seeds[random.Next(seeds.Length)].Length % 2 == 0 ? seeds[random.Next(seeds.Length)][..^(random.Next(3) * 2)] : Connect);
            for (var n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            using var socket = await gateway.DialAsync();
            try
            {
                await socket.SendAsync(bytes.AsMemory(0, random.Next(1, bytes.Length + 1)));
            }
            catch (SocketException)
            {
                // Thrown out already.
            }
            if (random.Next(2) == 0) socket.LingerState = new LingerOption(true, 0);
        }
        await StaysUsableAsync(gateway);
        await IsIdleAsync();
        Assert.Empty(errors.Lines);
    }

    [Fact]
    public async Task Two_thousand_connections_that_say_nothing_leave_room_for_who_speaks_and_go_by_themselves()
    {
        await using var gateway = await BrokerUnderTest.StartAsync(s => s.AddSingleton(new BrokerLimits { ConnectWithin = TimeSpan.FromSeconds(3) }));
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 2000; i++)
            {
                sockets.Add(await gateway.DialAsync());
                if (i % 2 == 0) await sockets[i].SendAsync(new byte[] { 0x10, 0x7F });
            }
            await StaysUsableAsync(gateway);
            await Task.WhenAll(sockets.Select(s => s.ReadToEndAsync()));
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }
        await IsIdleAsync();
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_costs_a_bounded_queue_and_holds_nobody_up()
    {
        await using var gateway = await BrokerUnderTest.StartAsync();
        using var deaf = await gateway.DialAsync();
        deaf.ReceiveBufferSize = 4096;
        await deaf.SendAsync(Convert.FromHexString(Connect + "82060001000161" + "00"));
        await using var reader = await gateway.ConnectAsync();
        await using var publisher = await gateway.ConnectAsync();
        await reader.SubscribeAsync("a");
        var payload = new string('x', 20_000);
        for (var i = 0; i < 2500; i++) await publisher.PublishAsync("a", payload);
        await publisher.PublishAsync("a", "last", qos: 1);
        while (await reader.NextTextAsync() != "a last") { }
        Assert.InRange(gateway.Get<QueueBudget>().Used, 0, new BrokerLimits().QueuedBytesPerClient);
    }

    [Fact]
    public async Task A_source_that_keeps_failing_is_answered_late_while_a_right_token_still_works()
    {
        await using var gateway = await BrokerUnderTest.StartAsync(s => s.AddSingleton(new BrokerLimits { FailedLogins = 3, FailedLoginDelay = TimeSpan.FromSeconds(1) }));
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 2; i++) await (await gateway.ConnectAsync("guess")).DisposeAsync();
        await (await gateway.ConnectAsync("guess")).DisposeAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0.9, 30);
        await using var right = await gateway.ConnectAsync("all");
        Assert.Equal(MQTTnet.MqttClientConnectResultCode.Success, right.Answer.ResultCode);
    }

    private static async Task StaysUsableAsync(GatewayUnderTest gateway)
    {
        await using var client = await gateway.ConnectAsync("all");
        await client.SubscribeAsync("still/here", 1);
        await client.PublishAsync("still/here", "yes", qos: 1);
        Assert.Equal("still/here yes", await client.NextTextAsync());
    }

    /// <summary>Waits for a second in which this process takes less than half a core; other tests run beside.</summary>
    private static async Task IsIdleAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (true)
        {
            var before = Environment.CpuUsage.TotalTime;
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            if ((Environment.CpuUsage.TotalTime - before).TotalSeconds < 0.5) return;
            Assert.False(patience.IsCancellationRequested, "Something spins.");
        }
    }

    private sealed class ErrorCounter : ILoggerProvider, ILogger
    {
        public List<string> Lines { get; } = [];
        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error) lock (Lines) Lines.Add(formatter(state, exception) + exception);
        }

        public void Dispose() { }
    }
}

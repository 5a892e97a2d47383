using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Gateway.Lab.Tests.Truth;

/// <summary>A lab of its own with a gateway, in which things go wrong and are mended while somebody outside tries, somebody looks at the LED and somebody asks the doctor.</summary>
public sealed class TruthHouse : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-truth-").FullName;
    private readonly List<Try> _tries = [];
    private readonly List<Published> _published = [];
    private readonly List<Said> _doctor = [];
    private readonly List<Happened> _faults = [];
    private readonly Dictionary<Fault, Task> _making = [];
    private readonly CancellationTokenSource _end = new();
    private LedReader? _led;
    private Process? _liar;
    private TimeSpan _began;

    private TruthHouse(Lab lab) => Lab = lab;

    /// <summary>The simulated internet; its resolvers remember for a real minute.</summary>
    public Lab Lab { get; }

    /// <summary>The gateway.</summary>
    public HouseGateway Gateway { get; private set; } = null!;

    private TimeSpan Now => LedReader.Now - _began;

    /// <summary>Brings it up and waits until the gateway is proven from outside.</summary>
    public static async Task<TruthHouse> UpAsync(char letter, string binary, TruthHome home)
    {
        var house = new TruthHouse(await Lab.UpAsync(letter, "--slow"));
        try
        {
            await house.Lab.MustAllAsync(home.Scripts);
            house.Gateway = await HouseGateway.StartAsync(house.Lab, house._folder, binary, home.Toml);
            await house.Gateway.ClaimAsync();
            house._led = new LedReader(house.Gateway.Led);
            await house._led.UntilAsync(TimeSpan.FromSeconds(120), "verified");
            return house;
        }
        catch (Exception e)
        {
            var said = house.Gateway?.Said;
            await house.DisposeAsync();
            throw new InvalidOperationException($"{e.Message}\n{said}", e);
        }
    }

    /// <summary>Lets everything on the schedule happen; gives what was seen.</summary>
    public async Task<Record> RunAsync(IReadOnlyList<Step> schedule, TimeSpan length, Action<string> say)
    {
        _began = LedReader.Now;
        var (asking, trying) = (AskAsync(), TryAsync(length));
        foreach (var step in schedule)
        {
            if (step.At > Now) await Task.Delay(step.At - Now, TimeProvider.System);
            Take(step, say);
        }
        if (length > Now) await Task.Delay(length - Now, TimeProvider.System);
        await Task.WhenAll(_making.Values);
        await trying;
        await _end.CancelAsync();
        await asking;
        return new Record([.. _tries.OrderBy(t => t.At)], [.. _led!.Spans().Where(s => s.Until > _began).Select(s => s with { From = s.From - _began, Until = s.Until - _began })], _faults, _published, _doctor, length);
    }

    /// <summary>A liar at home begins or ends.</summary>
    public async Task LiarAsync(bool lies)
    {
        if (lies) _liar = Lab.Start("pc", Lab.PathOf("bin/liar"), Path.Combine(Lab.Folder, "liar.log"));
        else if (_liar is { } liar)
        {
            _liar = null;
            liar.Kill(entireProcessTree: true);
            await liar.WaitForExitAsync();
            liar.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _led?.Dispose();
        await LiarAsync(false);
        if (Gateway is not null) await Gateway.DisposeAsync();
        await Lab.DisposeAsync();
        _end.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Begun here and not waited for: some take their time, and the next may come meanwhile. What is mended has been made before.</summary>
    private void Take(Step step, Action<string> say)
    {
        var at = Now;
        say(string.Create(CultureInfo.InvariantCulture, $"{at.TotalSeconds:0} s: {(step.Begins ? step.Fault.Name : step.Fault.Name + " is mended")}"));
        if (step.Begins)
        {
            _faults.Add(new Happened(step.Fault, at, null));
            _making[step.Fault] = step.Fault.MakeAsync(this);
        }
        else _making[step.Fault] = MendAsync(step.Fault, _making[step.Fault]);
    }

    private async Task MendAsync(Fault fault, Task made)
    {
        await made;
        await fault.HealAsync(this);
        var index = _faults.FindLastIndex(f => f.Fault == fault);
        _faults[index] = _faults[index] with { Until = Now };
    }

    private async Task TryAsync(TimeSpan length)
    {
        var info = new ProcessStartInfo("ip", ["netns", "exec", $"{Lab.Prefix}-phone", Lab.PathOf("bin/phone-tries"), HouseGateway.Name, length.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)])
        { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        info.Environment["TOKEN"] = Gateway.Token;
        using var lamp = new LampReader(Gateway.Lamp);
        using var phone = Process.Start(info)!;
        using var end = new CancellationTokenSource();
        var following = FollowLinkAsync(phone.StandardInput, end.Token);
        while (await phone.StandardOutput.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ', 6);
            var at = TimeSpan.FromSeconds(double.Parse(words[1], CultureInfo.InvariantCulture));
            if (words[0] == "says") _published.Add(new Published(at - _began, words[2], words[3]));
            else
            {
                var (outcome, said) = (Enum.Parse<TryOutcome>(words[3], ignoreCase: true), words[5]);
                if (outcome == TryOutcome.Reached && !await lamp.HasShownAsync(words[4], at)) (outcome, said) = (TryOutcome.Failed, said + ", but the lamp did not obey");
                _tries.Add(new Try(at - _began, words[2], outcome, said));
            }
        }
        await end.CancelAsync();
        await following;
        await phone.WaitForExitAsync();
    }

    /// <summary>Tells the phone which port the link carries that the page shows, as far as the page can be asked.</summary>
    private async Task FollowLinkAsync(StreamWriter phone, CancellationToken end)
    {
        for (var known = 443; !end.IsCancellationRequested;)
        {
            var ran = await Lab.OnAsync("pi", "curl", "-sf", "-m", "2", "-H", $"Authorization: Bearer {Gateway.Token}", "http://127.0.0.1/api/reachability");
            if (ran.Code == 0 && Phone.PortOf(JsonDocument.Parse(ran.Output).RootElement) is { } port && port != known)
            {
                await phone.WriteLineAsync(port.ToString(CultureInfo.InvariantCulture).AsMemory(), end);
                await phone.FlushAsync(end);
                known = port;
            }
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The doctor, every five seconds, on the machine itself: there it can be asked whatever is cut.</summary>
    private async Task AskAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var at = Now;
            var ran = await Gateway.CommandAsync(["timeout", "8"], "doctor", "--json");
            try
            {
                var (cause, notes, words) = ran.Code is 3 or 124 ? new Diagnosis("not running", [], ran.Error) : Diagnosis.Of(JsonDocument.Parse(ran.Output).RootElement);
                _doctor.Add(new Said(at, cause, notes, words));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException)
            {
                _doctor.Add(new Said(at, "no answer", [], ran.ToString()));
            }
            var next = at + TimeSpan.FromSeconds(5) - Now;
            if (next > TimeSpan.Zero) await Task.Delay(next, TimeProvider.System, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

/// <summary>Looks at the lamp itself: what it has shown when.</summary>
public sealed class LampReader : IDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(15), Patience = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, TimeSpan> _shown = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _end = new();
    private readonly string _file;
    private readonly Thread _thread;

    public LampReader(string folder)
    {
        _file = Path.Combine(folder, "brightness");
        _thread = new Thread(Look) { IsBackground = true, Name = "lamp" };
        _thread.Start();
    }

    /// <summary>Whether it has been so bright since, or is within a second.</summary>
    public async Task<bool> HasShownAsync(string level, TimeSpan since)
    {
        for (var begin = LedReader.Now; ; await Task.Delay(Glance, TimeProvider.System))
        {
            lock (_shown)
            {
                if (_shown.TryGetValue(level, out var at) && at >= since) return true;
            }
            if (LedReader.Now - begin > Patience) return false;
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _thread.Join();
        _end.Dispose();
    }

    private void Look()
    {
        while (!_end.Token.WaitHandle.WaitOne(Glance))
        {
            try
            {
                var level = File.ReadAllText(_file).Trim();
                lock (_shown) _shown[level] = LedReader.Now;
            }
            catch (IOException) { }
        }
    }
}

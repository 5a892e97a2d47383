using System.Diagnostics;
using Gateway.Devices;

namespace Gateway.Host.Indicator;

/// <summary>
/// An LED that cannot end a pattern by itself, held by a small process of its own (<see cref="KeeperProgram"/>), which goes dark when this one is gone or silent.
/// This side watches the keeper in turn: one that dies or does not answer is ended, and the LED darkened from here.
/// </summary>
internal sealed class LedKeeper : ILedOutput
{
    /// <summary>The name of the command that <see cref="KeeperProgram"/> runs as.</summary>
    public const string Command = "led-keeper";

    /// <summary>A keeper that does not answer for so long hangs.</summary>
    public static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(2);

    private readonly string _output;
    private readonly Hardware _hardware;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost = new();
    private readonly Process _process;
    private bool _answers;

    private LedKeeper(string output, Hardware hardware, OwnProgram program, TimeProvider time)
    {
        (_output, _hardware, _time) = (output, hardware, time);
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(program.File, [.. program.Arguments, Command, output]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true },
            EnableRaisingEvents = true,
        };
        _process.Exited += (_, _) => _lost.Cancel();
    }

    /// <inheritdoc />
    public CancellationToken Lost => _lost.Token;

    /// <summary>Starts a keeper and waits until it holds the LED. Throws <see cref="LightUnavailableException"/> with the keeper's own words.</summary>
    public static async Task<LedKeeper> StartAsync(string output, Hardware hardware, OwnProgram program, TimeProvider time, CancellationToken cancellationToken)
    {
        var keeper = new LedKeeper(output, hardware, program, time);
        try
        {
            keeper._process.Start();
            await keeper.AnswerAsync(StartsWithin, cancellationToken);
            return keeper;
        }
        catch
        {
            await keeper.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public async Task ShowAsync(LedTimeline timeline, long until, CancellationToken cancellationToken)
    {
        _answers = false;
        try
        {
            await _process.StandardInput.WriteLineAsync($"{until} {string.Join(' ', timeline.Steps)}".AsMemory(), cancellationToken);
            await _process.StandardInput.FlushAsync(cancellationToken);
        }
        catch (IOException) { } // it is gone; what it said last tells why
        await AnswerAsync(AnswersWithin, cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!await EndAsync()) LedSwitches.Open(_output, _hardware).Dispose(); // which leaves it dark
        }
        catch (Exception e) when (e is not OperationCanceledException) { } // not to be had: the keeper could not hold it either
        _process.Dispose();
    }

    private async Task AnswerAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(within, _time, cancellationToken);
            _answers = answer == KeeperProgram.Ok;
            if (!_answers) throw new LightUnavailableException(answer ?? "The process that held it has ended.");
        }
        catch (TimeoutException)
        {
            throw new LightUnavailableException("The process that held it hung and was ended.");
        }
    }

    /// <summary>Ends the keeper; whether it did so by itself, and thus left the LED dark.</summary>
    private async Task<bool> EndAsync()
    {
        if (_answers)
        {
            try
            {
                _process.StandardInput.Close();
                await _process.WaitForExitAsync().WaitAsync(EndsWithin, _time);
                return _process.ExitCode == 0;
            }
            catch (Exception e) when (e is TimeoutException or IOException) { }
        }
        _process.Kill(); // also ends one that is stopped
        await _process.WaitForExitAsync();
        return false;
    }
}

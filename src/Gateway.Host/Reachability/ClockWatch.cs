using System.Runtime.InteropServices;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>Asks whether the clock is right, of the kernel or of a file that exists once it is.</summary>
internal sealed class ClockWatch(SettingsStore settings, StatusStore status, TimeProvider time, ILogger<ClockWatch> logger) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private const string FilePrefix = "file:";

    /// <summary>The first answer is there before anything is judged.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        LookNow();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try { while (await timer.WaitForNextTickAsync(stoppingToken)) LookNow(); }
        catch (OperationCanceledException) { }
    }

    public void LookNow()
    {
        var by = settings.Current.Text("clock.synchronised") ?? "kernel";
        var isSynchronised = by.StartsWith(FilePrefix, StringComparison.Ordinal) ? File.Exists(by[FilePrefix.Length..]) : KernelSaysSo();
        var facts = new ClockFacts(isSynchronised, isSynchronised ? "The clock is set." : by.StartsWith(FilePrefix, StringComparison.Ordinal)
            ? "The clock is not set: the file of clock.synchronised is not there." : "The clock is not set: no time server has been heard since the machine started (timedatectl shows which ones are asked).");
        if (status.Current.Clock.IsSynchronised is { } before && before != isSynchronised) logger.LogInformation("{Words}", facts.Words);
        status.Update(s => s.Clock == facts ? s : s with { Clock = facts });
    }

    private const int TimeError = 5, StatusUnsynchronised = 0x40; // TIME_ERROR and STA_UNSYNC of linux/timex.h
    private const int StatusOffset = 40; // of struct timex where a long has 8 bytes

    /// <summary>adjtimex(2) with no mode set only reads.</summary>
    private static bool KernelSaysSo()
    {
        var timex = new byte[256]; // the structure has 208
        return AdjTimex(timex) is >= 0 and not TimeError && (BitConverter.ToInt32(timex, StatusOffset) & StatusUnsynchronised) == 0;
    }

#pragma warning disable SYSLIB1054 // A blittable signature: LibraryImport would only ask for unsafe code.
    [DllImport("libc", EntryPoint = "adjtimex")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AdjTimex(byte[] timex);
#pragma warning restore SYSLIB1054
}

using Gateway.Host.Core;

namespace Gateway.Host.Access;

/// <summary>Says on the console how to claim a gateway that nobody owns yet. Not through the log: that may also go to a file, and the code is a secret.</summary>
internal sealed class ClaimAnnouncement(People people, ClaimCode code, SettingsStore settings, IHostApplicationLifetime lifetime) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(Announce);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Announce()
    {
        if (people.IsClaimed || code.Current is not { } current) return;
        // "All addresses" is none that can be typed; the log says which ones there are.
        var address = settings.Current.List("http.listen").FirstOrDefault(a => !a.Contains("//*", StringComparison.Ordinal) && !a.Contains("[::]", StringComparison.Ordinal) && !a.Contains("//0.0.0.0", StringComparison.Ordinal));
        Console.WriteLine($"This gateway has no owner yet. Open {address ?? "its page"} and claim it with {(code.IsOwnWords ? "the words of \"claim\" in the section [owner]" : "the code " + current)}");
    }
}

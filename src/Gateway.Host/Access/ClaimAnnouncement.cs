using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Host.Access;

/// <summary>Says on the console how to claim a gateway that nobody owns yet. Not through the log: that may also go to a file, and the code is a secret.</summary>
internal sealed class ClaimAnnouncement(People people, ClaimCode code, IServer server, IHostApplicationLifetime lifetime) : IHostedService
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
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault(a => a.StartsWith("http", StringComparison.Ordinal) && !a.Contains("unix:", StringComparison.Ordinal) && !a.Contains("[::]", StringComparison.Ordinal));
        Console.WriteLine($"This gateway has no owner yet. Open {address ?? "its page"} and claim it with {(code.IsOwnWords ? "the words of \"claim\" in the section [owner]" : "the code " + current)}");
    }
}

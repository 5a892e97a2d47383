using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Ingress.Direct;

/// <summary>One public address of this machine and the firewall before it, for as long as the address is the chosen one.</summary>
internal sealed class Door(ChosenAddress chosen, int httpsPort) : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private volatile Told? _told;

    private sealed record Told(int Port, MappingResult Result);

    public IPAddress Address => chosen.Address;

    public DefaultRoute Route => chosen.Route;

    public int HttpsPort => httpsPort;

    /// <summary>Whether it is still the right one.</summary>
    public bool IsFor(ChosenAddress other) => Address.Equals(other.Address) && Route.Interface == other.Route.Interface && Equals(Route.Gateway, other.Route.Gateway);

    /// <summary>Whether the router said yes.</summary>
    public bool IsGranted => _told?.Result.State == LeaseState.Granted;

    /// <summary>Changes with each new mapping.</summary>
    public long Mapping => _told?.Result.Epoch ?? 0;

    /// <summary>Ends when the router has been given back what it opened.</summary>
    public Task Closing { get; private set; } = Task.CompletedTask;

    /// <summary>Asks the router to let the world in; calls <paramref name="changed"/> whenever it has said something.</summary>
    /// <param name="before">What is given back of the same address comes first: a router cannot tell the two apart.</param>
    /// <param name="keep">Asks the router.</param>
    /// <param name="changed">Called from any thread.</param>
    /// <param name="cancellationToken">Closes it too.</param>
    public void Open(Task before, KeepMapping keep, Action changed, CancellationToken cancellationToken)
    {
        if (Route.Gateway is not null) Closing = KeepAsync(before, keep, changed, cancellationToken);
    }

    /// <summary>Gives back what is open, in the background.</summary>
    public void Close() => _end.Cancel();

    /// <summary>How the way in stands.</summary>
    public IngressLease Lease()
    {
        var lease = new IngressLease(Ipv6Ingress.Name, IpFamily.V6, LeaseState.Candidate)
        {
            Address = Address, Port = httpsPort, Local = new IPEndPoint(Address, httpsPort), Method = "public address",
            Words = Route.Gateway is null ? $"{Address} is a public address, and no router stands before it." : $"{Address} is a public address; the router has not said yet whether it lets the world in.",
        };
        return _told switch
        {
            null => lease,
            (var port, { State: LeaseState.Granted, External: { } outside } granted) => lease with
            {
                State = LeaseState.Granted, Address = outside.Address, Port = outside.Port, Local = new IPEndPoint(Address, port), Method = granted.Method, GoodUntil = granted.GoodUntil, Words = granted.Words,
            },
            (_, { State: LeaseState.Asking } asking) => lease with { Problem = asking.Problem, Words = $"{Address} is a public address. {asking.Words}" },
            (_, var other) => lease with { Problem = other.Problem, Words = $"{Address} is a public address. {other.Words} It works if the router lets everything in, or if you have opened port {httpsPort} there by hand." },
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Closing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task KeepAsync(Task before, KeepMapping keep, Action changed, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, cancellationToken);
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await new TwoPorts(new MappingWish(IpFamily.V6, new IPEndPoint(Address, httpsPort), httpsPort, Route), keep).KeepAsync((port, result) =>
            {
                _told = new Told(port, result);
                changed();
            }, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested) { }
    }
}

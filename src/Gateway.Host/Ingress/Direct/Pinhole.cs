using System.Net;
using System.Threading.Channels;
using Gateway.Host.Core;
using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Ingress.Direct;

/// <inheritdoc cref="PortMapper.KeepAsync" />
internal delegate Task KeepMapping(MappingWish wish, Action<MappingResult> report, CancellationToken cancellationToken);

/// <summary>Opens the router's firewall for one address: for the port of HTTPS, or, where the router refuses that, for the second port.</summary>
internal sealed class Pinhole(IPAddress address, int port, DefaultRoute router, KeepMapping keep)
{
    /// <summary>Ports below belong to a machine's system, and routers keep their hands off them (RFC 6335 section 6).</summary>
    private const int FirstFreePort = 1024;

    private readonly Channel<(Keeper Of, MappingResult Result)> _news = Channel.CreateUnbounded<(Keeper, MappingResult)>();

    /// <summary>Reports whenever something has changed, with the port that it is about. Keeps the firewall open until cancelled, then closes it.</summary>
    public async Task KeepAsync(Action<int, MappingResult> report, CancellationToken cancellationToken)
    {
        await using var first = new Keeper(port, this);
        await using var second = new Keeper(SecondPort.Port, this);
        try
        {
            first.Start(cancellationToken);
            while (true)
            {
                var (of, result) = await _news.Reader.ReadAsync(cancellationToken);
                if (!of.IsRunning) continue;
                of.Result = result;
                if (first.State == LeaseState.Granted) second.Stop();
                else if (second.State == LeaseState.Granted) first.Stop(); // not asked for again as long as the second holds
                else
                {
                    first.Start(cancellationToken);
                    if (first.State == LeaseState.Refused && port < FirstFreePort) second.Start(cancellationToken);
                }
                var told = second.State == LeaseState.Granted ? second : first;
                if (told.Result is { } known) report(told.Port, known);
            }
        }
        catch (ChannelClosedException e) when (e.InnerException is { } failure) { throw new InvalidOperationException("Keeping the router's firewall open failed.", failure); }
    }

    private Task WishAsync(Keeper of, CancellationToken cancellationToken) => keep(
        new MappingWish(IpFamily.V6, new IPEndPoint(address, of.Port), of.Port, router),
        result => { if (!cancellationToken.IsCancellationRequested) _news.Writer.TryWrite((of, result)); },
        cancellationToken);

    private void Fail(Exception e) => _news.Writer.TryComplete(e);

    /// <summary>One port's wish, and what came of it.</summary>
    private sealed class Keeper(int port, Pinhole pinhole) : IAsyncDisposable
    {
        private CancellationTokenSource? _end;
        private Task _run = Task.CompletedTask;

        public int Port => port;

        public bool IsRunning => _end is not null;

        /// <summary>The last word of the router; a refusal stays known when nobody asks any more.</summary>
        public MappingResult? Result { get; set; }

        public LeaseState State => Result?.State ?? LeaseState.Unknown;

        public void Start(CancellationToken cancellationToken)
        {
            if (IsRunning) return;
            _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _run = RunAsync(_run, _end.Token);
        }

        public void Stop()
        {
            _end?.Cancel();
            _end?.Dispose();
            _end = null;
            if (State == LeaseState.Granted) Result = null; // given back
        }

        public async ValueTask DisposeAsync()
        {
            Stop();
            await _run;
        }

        /// <param name="before">What is being given back comes first.</param>
        /// <param name="end">Ends the wish.</param>
        private async Task RunAsync(Task before, CancellationToken end)
        {
            await before;
            if (end.IsCancellationRequested) return;
            try
            {
                await pinhole.WishAsync(this, end);
                if (!end.IsCancellationRequested) pinhole.Fail(new InvalidOperationException("A port mapping has ended by itself."));
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested) { }
            catch (Exception e) { pinhole.Fail(e); }
        }
    }
}

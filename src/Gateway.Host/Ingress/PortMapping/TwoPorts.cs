using System.Net;
using System.Threading.Channels;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <inheritdoc cref="PortMapper.KeepAsync" />
internal delegate Task KeepMapping(MappingWish wish, Action<MappingResult> report, CancellationToken cancellationToken);

/// <summary>Has the router open a way to the port of HTTPS, or, where it refuses that for what it is, to the second port.</summary>
internal sealed class TwoPorts(MappingWish wish, KeepMapping keep)
{
    /// <summary>Ports below belong to a machine's system, and routers keep their hands off them (RFC 6335 section 6).</summary>
    private const int FirstFreePort = 1024;

    private readonly Channel<(Keeper Of, MappingResult Result)> _news = Channel.CreateUnbounded<(Keeper, MappingResult)>();

    /// <summary>Reports whenever something has changed, with the port of ours that it is about. Keeps the way open until cancelled, then closes it.</summary>
    public async Task KeepAsync(Action<int, MappingResult> report, CancellationToken cancellationToken)
    {
        await using var first = new Keeper(wish, this);
        await using var second = new Keeper(wish with { Local = new IPEndPoint(wish.Local.Address, SecondPort.Port), ExternalPort = wish.Family == IpFamily.V6 ? SecondPort.Port : wish.ExternalPort }, this);
        try
        {
            first.Start(cancellationToken);
            long? granted = null; // the second's mapping
            while (true)
            {
                var (of, result) = await _news.Reader.ReadAsync(cancellationToken);
                if (!of.IsRunning) continue;
                of.Result = result;
                if (first.State == LeaseState.Granted) second.Stop();
                else if (second.State == LeaseState.Granted)
                {
                    // A router that has started anew may have another mind. Over IPv6 one that grants the second may have been unheard by PCP just before, and have refused by UPnP, which
                    // opens no low port: then the first is asked for once more. Else not as long as the second holds.
                    var isAnew = of == second && (granted is { } before ? result.Epoch > before : wish.Family == IpFamily.V6);
                    granted = second.Result!.Epoch;
                    if (isAnew) first.AskAnew(cancellationToken);
                    else if (of == second || first.State != LeaseState.Asking) first.Stop();
                }
                else
                {
                    first.Start(cancellationToken);
                    if (IsForThePort(first.Result)) second.Start(cancellationToken);
                }
                var told = second.State == LeaseState.Granted ? second : first;
                if (told.Result is { } known) report(told.Wish.Local.Port, known);
            }
        }
        catch (ChannelClosedException e) when (e.InnerException is { } failure) { throw new InvalidOperationException("Keeping a port of the router open failed.", failure); }
    }

    /// <summary>Whether the refusal may be for the number of our port. Over IPv4 other refusals tell what they are for.</summary>
    private bool IsForThePort(MappingResult? result) => result?.State == LeaseState.Refused && wish.Local.Port < FirstFreePort && (wish.Family == IpFamily.V6 || result.Problem == IngressProblem.NotAuthorised);

    private Task WishAsync(Keeper of, CancellationToken cancellationToken) => keep(
        of.Wish,
        result => { if (!cancellationToken.IsCancellationRequested) _news.Writer.TryWrite((of, result)); },
        cancellationToken);

    private void Fail(Exception e) => _news.Writer.TryComplete(e);

    /// <summary>One port's wish, and what came of it.</summary>
    private sealed class Keeper(MappingWish wish, TwoPorts ports) : IAsyncDisposable
    {
        private CancellationTokenSource? _end;
        private Task _run = Task.CompletedTask;
        private bool _isAskedAnew;

        public MappingWish Wish => wish;

        public bool IsRunning => _end is not null;

        /// <summary>The last word of the router; a refusal stays known when nobody asks any more.</summary>
        public MappingResult? Result
        {
            get;
            set
            {
                field = value;
                if (value is { State: not LeaseState.Asking }) _isAskedAnew = false;
            }
        }

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

        /// <summary>Once more, where it has been answered.</summary>
        public void AskAnew(CancellationToken cancellationToken)
        {
            if (IsRunning && _isAskedAnew) return;
            Stop();
            Start(cancellationToken);
            _isAskedAnew = true;
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
                await ports.WishAsync(this, end);
                if (!end.IsCancellationRequested) ports.Fail(new InvalidOperationException("A port mapping has ended by itself."));
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested) { }
            catch (Exception e) { ports.Fail(e); }
        }
    }
}

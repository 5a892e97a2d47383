using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Gateway.Host.Core;
using Gateway.Host.Ingress.Direct;
using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Tests.Ingress.Direct;

/// <summary>The router is a script; whether real ones are spoken to rightly is seen in the lab.</summary>
public sealed class Ipv6IngressTests : IAsyncDisposable
{
    private const string A = "2001:db8:1:1::10", B = "2001:db8:2:1::10";

    private static readonly DefaultRoute Router = new(IpFamily.V6, IPAddress.Parse("fe80::1%2"), "eth0", 1024);

    private readonly StatusStore _status = new();
    private readonly SecondPort _second = new();
    private readonly Channel<IngressLease> _leases = Channel.CreateUnbounded<IngressLease>();
    private readonly ConcurrentDictionary<IPEndPoint, Wish> _open = new();
    private readonly Channel<Wish> _wishes = Channel.CreateUnbounded<Wish>();
    private readonly CancellationTokenSource _end = new();
    private TaskCompletionSource _givenBack = new();
    private Task _run = Task.CompletedTask;

    private sealed record Wish(MappingWish What, Action<MappingResult> Report)
    {
        public TaskCompletionSource Failure { get; } = new();

        public void Says(LeaseState state, IngressProblem problem = IngressProblem.None, long epoch = 1) =>
            Report(new MappingResult(state, state == LeaseState.Granted ? What.Local : null, state == LeaseState.Granted ? "PCP" : "", null, problem, "The router says something.", epoch));
    }

    public Ipv6IngressTests() => _givenBack.SetResult();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _givenBack.TrySetResult();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task KeepAsync(MappingWish what, Action<MappingResult> report, CancellationToken cancellationToken)
    {
        var wish = new Wish(what, report);
        Assert.True(_open.TryAdd(what.Local, wish), "the same port is asked for twice at once");
        _wishes.Writer.TryWrite(wish);
        await Task.WhenAny(wish.Failure.Task, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken));
        await _givenBack.Task;
        _open.TryRemove(what.Local, out _);
        if (wish.Failure.Task.IsCompleted) await wish.Failure.Task;
    }

    private void Start(string listen = "https://*:443")
    {
        var settings = new SettingsStore(new Settings(new Dictionary<string, SettingValue>(StringComparer.Ordinal) { ["http.listen"] = new(new[] { listen }, SettingSource.Default, "") }, false));
        var ingress = new Ipv6Ingress(_status, settings, new AddressScopes(IPNetwork.Parse("2001:db8::/32")), KeepAsync, _second);
        _run = ingress.RunAsync(leases => _leases.Writer.TryWrite(Assert.Single(leases)), _end.Token);
    }

    private void Network(DefaultRoute? router, params string[] addresses) => _status.Update(s => s with
    {
        Network = new NetworkFacts([new("eth0", 2, true, false, [.. addresses.Select(a => new InterfaceAddress(IPAddress.Parse(a), 64, AddressFlags.None))])], router is null ? [] : [router]),
    });

    private async Task<IngressLease> LeaseAsync(Func<IngressLease, bool> wanted)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (true)
        {
            var lease = await _leases.Reader.ReadAsync(late.Token);
            if (wanted(lease)) return lease;
        }
    }

    private async Task<Wish> WishAsync()
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await _wishes.Reader.ReadAsync(late.Token);
    }

    [Fact]
    public async Task Without_IPv6_there_is_no_way_and_it_says_why()
    {
        Start();
        Assert.Equal(LeaseState.Unknown, (await LeaseAsync(_ => true)).State); // nobody has looked yet
        Network(null);
        var lease = await LeaseAsync(_ => true);
        Assert.Equal((LeaseState.Absent, IngressProblem.NoAddress, false), (lease.State, lease.Problem, lease.IsOpen));
        Assert.Contains("no router offers", lease.Words, StringComparison.Ordinal);
        Network(Router, "fd00::10");
        Assert.Contains("no public address", (await LeaseAsync(_ => true)).Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_is_a_candidate_until_the_router_has_opened_and_then_granted()
    {
        Network(Router, A);
        Start();
        var candidate = await LeaseAsync(_ => true);
        Assert.Equal((LeaseState.Candidate, A, 443, true), (candidate.State, candidate.Address!.ToString(), candidate.Port, candidate.IsOpen));
        Assert.Equal(IPEndPoint.Parse($"[{A}]:443"), candidate.Local);
        var wish = await WishAsync();
        Assert.Equal(new MappingWish(IpFamily.V6, IPEndPoint.Parse($"[{A}]:443"), 443, Router), wish.What);
        wish.Says(LeaseState.Granted);
        var granted = await LeaseAsync(l => l.State == LeaseState.Granted);
        Assert.Equal((A, 443, "PCP", IngressProblem.None), (granted.Address!.ToString(), granted.Port, granted.Method, granted.Problem));
        Assert.True(granted.Epoch > candidate.Epoch);
        Assert.False(_second.IsWanted);
    }

    [Fact]
    public async Task A_router_that_speaks_no_protocol_leaves_it_a_candidate()
    {
        Network(Router, A);
        Start();
        (await WishAsync()).Says(LeaseState.Absent, IngressProblem.NoProtocol);
        var lease = await LeaseAsync(l => l.Problem == IngressProblem.NoProtocol);
        Assert.Equal((LeaseState.Candidate, 443, true), (lease.State, lease.Port, lease.IsOpen));
        Assert.Contains("by hand", lease.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_443_is_refused_a_second_port_is_asked_for_and_listened_on_while_it_is_granted()
    {
        Network(Router, A);
        Start();
        var first = await WishAsync();
        first.Says(LeaseState.Refused, IngressProblem.NotAuthorised);
        var second = await WishAsync();
        Assert.Equal((8443, 8443), (second.What.Local.Port, second.What.ExternalPort));
        Assert.False(_second.IsWanted);
        second.Says(LeaseState.Granted);
        var lease = await LeaseAsync(l => l.State == LeaseState.Granted);
        Assert.Equal((8443, IPEndPoint.Parse($"[{A}]:8443")), (lease.Port, lease.Local));
        Assert.True(_second.IsWanted);

        second.Says(LeaseState.Asking, IngressProblem.Lost, 2); // the router has restarted, and may have learnt something
        var lost = await LeaseAsync(l => l.State == LeaseState.Candidate);
        Assert.False(_second.IsWanted);
        var again = await WishAsync();
        Assert.Equal(443, again.What.Local.Port);
        again.Says(LeaseState.Granted, epoch: 3);
        Assert.Equal(443, (await LeaseAsync(l => l.State == LeaseState.Granted)).Port);
        Assert.True(lost.Epoch > lease.Epoch);
    }

    [Fact]
    public async Task A_router_that_grants_the_second_port_is_asked_once_more_for_443_which_it_may_have_refused_before_its_best_protocol_was_heard()
    {
        Network(Router, A);
        Start();
        (await WishAsync()).Says(LeaseState.Refused, IngressProblem.NotAuthorised);
        (await WishAsync()).Says(LeaseState.Granted);
        await LeaseAsync(l => l.Port == 8443);
        var again = await WishAsync();
        Assert.Equal(443, again.What.Local.Port);
        again.Says(LeaseState.Granted, epoch: 2);
        Assert.Equal(LeaseState.Granted, (await LeaseAsync(l => l.Port == 443)).State);
        Assert.False(_second.IsWanted);
    }

    [Fact]
    public async Task A_mapping_that_is_renewed_is_the_same_one_and_what_was_seen_of_it_stands()
    {
        Network(Router, A);
        Start();
        var wish = await WishAsync();
        foreach (var minute in new[] { 20, 30 }) // each answer of a router is read anew
            wish.Report(new MappingResult(LeaseState.Granted, IPEndPoint.Parse($"[{A}]:443"), "PCP", DateTimeOffset.UnixEpoch.AddMinutes(minute), IngressProblem.None, "", 1));
        var first = await LeaseAsync(l => l.GoodUntil == DateTimeOffset.UnixEpoch.AddMinutes(20));
        Assert.Equal(first.Epoch, (await LeaseAsync(l => l.GoodUntil == DateTimeOffset.UnixEpoch.AddMinutes(30))).Epoch);
    }

    [Fact]
    public async Task A_router_that_has_started_anew_is_asked_for_443_again_while_the_second_port_holds()
    {
        Network(Router, A);
        Start();
        (await WishAsync()).Says(LeaseState.Refused, IngressProblem.NotAuthorised);
        var second = await WishAsync();
        second.Says(LeaseState.Granted);
        second.Says(LeaseState.Granted, epoch: 2);
        var again = await WishAsync();
        Assert.Equal(443, again.What.Local.Port);
        Assert.Equal(8443, (await LeaseAsync(l => l.State == LeaseState.Granted)).Port);
        again.Says(LeaseState.Refused, IngressProblem.NotAuthorised);
        second.Says(LeaseState.Granted, epoch: 3);
        (await WishAsync()).Says(LeaseState.Granted);
        await LeaseAsync(l => l.Port == 443);
        Assert.False(_second.IsWanted);
    }

    [Fact]
    public async Task Where_both_ports_are_refused_it_says_what_the_router_said_and_goes_on_asking()
    {
        Network(Router, A);
        Start();
        (await WishAsync()).Says(LeaseState.Refused, IngressProblem.NotAuthorised);
        (await WishAsync()).Says(LeaseState.Refused, IngressProblem.NotAuthorised);
        var lease = await LeaseAsync(l => l.Problem == IngressProblem.NotAuthorised);
        Assert.Equal((LeaseState.Candidate, 443), (lease.State, lease.Port));
        Assert.False(_second.IsWanted);
        Assert.Equal(2, _open.Count);
    }

    [Fact]
    public async Task A_new_prefix_is_a_new_lease_at_once_and_the_old_pinhole_is_given_back_meanwhile()
    {
        Network(Router, A);
        Start();
        var old = await WishAsync();
        old.Says(LeaseState.Granted);
        var before = await LeaseAsync(l => l.State == LeaseState.Granted);
        _givenBack = new TaskCompletionSource();
        Network(Router, B);
        var lease = await LeaseAsync(l => B == l.Address?.ToString());
        Assert.True(lease.Epoch > before.Epoch);
        var wish = await WishAsync();
        Assert.Equal(B, wish.What.Local.Address.ToString());
        old.Says(LeaseState.Granted, epoch: 9); // a late word about what is gone
        wish.Says(LeaseState.Granted, epoch: 2);
        Assert.Equal(B, (await LeaseAsync(l => l.State == LeaseState.Granted)).Address!.ToString());
        _givenBack.SetResult();
    }

    [Fact]
    public async Task The_same_address_after_a_moment_without_it_is_asked_for_only_when_the_old_pinhole_has_been_given_back()
    {
        Network(Router, A);
        Start();
        (await WishAsync()).Says(LeaseState.Granted);
        var before = await LeaseAsync(l => l.State == LeaseState.Granted);
        _givenBack = new TaskCompletionSource();
        Network(null, A);
        await LeaseAsync(l => l.State == LeaseState.Absent);
        Network(Router, A);
        Assert.True((await LeaseAsync(l => l.State == LeaseState.Candidate)).Epoch > before.Epoch);
        Assert.False(_wishes.Reader.TryRead(out _));
        _givenBack.SetResult();
        (await WishAsync()).Says(LeaseState.Granted, epoch: 2);
        Assert.Equal(A, (await LeaseAsync(l => l.State == LeaseState.Granted)).Address!.ToString());
    }

    [Fact]
    public async Task Other_news_changes_nothing()
    {
        Network(Router, A);
        Start();
        await LeaseAsync(_ => true);
        var wish = await WishAsync();
        var epochs = new List<long>();
        for (var i = 0; i < 20; i++)
        {
            _status.Update(s => s with { Internet = new InternetFacts(true, $"{i}") });
            epochs.Add((await LeaseAsync(_ => true)).Epoch);
        }
        Assert.Single(epochs.Distinct());
        Assert.Same(wish, Assert.Single(_open.Values));
    }

    [Fact]
    public async Task Straight_at_the_provider_nobody_is_asked()
    {
        Network(Router with { Gateway = null }, A);
        Start();
        var lease = await LeaseAsync(_ => true);
        Assert.Equal((LeaseState.Candidate, IngressProblem.None), (lease.State, lease.Problem));
        Assert.Empty(_open);
    }

    [Theory]
    [InlineData("http://*:80")]
    [InlineData("https://127.0.0.1:443")]
    public async Task Where_nothing_is_served_over_HTTPS_nothing_is_opened(string listen)
    {
        Network(Router, A);
        Start(listen);
        Assert.Equal(LeaseState.Absent, (await LeaseAsync(_ => true)).State);
        Assert.Empty(_open);
    }

    [Fact]
    public async Task At_the_end_everything_is_given_back()
    {
        Network(Router, A);
        Start();
        (await WishAsync()).Says(LeaseState.Refused, IngressProblem.PortTaken);
        (await WishAsync()).Says(LeaseState.Granted);
        await LeaseAsync(l => l.Port == 8443);
        await _end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _run);
        Assert.Empty(_open);
        Assert.False(_second.IsWanted);
    }

    [Fact]
    public async Task What_fails_inside_comes_out_so_that_it_is_started_again()
    {
        Network(Router, A);
        Start();
        (await WishAsync()).Failure.SetException(new IOException("a mistake of ours"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _run.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Empty(_open);
    }
}

using System.Globalization;
using Gateway.Attack.Tests.Attacks;
using Gateway.Published;

namespace Gateway.Attack.Tests;

/// <summary>
/// One long afternoon of a gateway on the open internet. Each attack in turn: the owner's phone goes on switching a light as if nothing were,
/// and afterwards the gateway rests. At the end its memory is back and its log says little, and nothing that is secret.
/// </summary>
public sealed class UnderAttackTests(GatewayUnderAttack under)
{
    /// <summary>A phone's command may take this many times as long as usual, at the 99th percentile.</summary>
    private const double Factor = 3;

    /// <summary>What usual is at least taken for, in milliseconds: below it a busy test machine's own hiccups are all that is measured.</summary>
    private const double Floor = 5;

    private const long Megabyte = 1024 * 1024;

    /// <summary>What may be logged in the whole afternoon: many thousands of attempts, a few words about them.</summary>
    private const long LogBound = 64 * 1024;

    /// <summary>A crowd that vanishes at once has to be cleared away: that is part of the attack.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_owners_phone_hardly_notices_an_afternoon_of_attacks()
    {
        under.Require();
        var process = under.Gateway.Process;
        await WrongSecrets.ClaimCodesAsync(under.Gateway, 1000);
        await under.ClaimAsync();
        await SwitchForAsync(TimeSpan.FromSeconds(3));
        await RestAsync();
        var (memory, files, log) = (process.AnonymousBytes, process.OpenFiles, process.SaidBytes);
        Tell($"{memory / Megabyte} MB of its own, {process.ResidentBytes / Megabyte} MB with its program, {files} files before the attacks");

        foreach (var (name, attack) in AllAttacks())
        {
            await WithstandsAsync(name, attack);
            Assert.False(process.HasExited, $"{name} ended the gateway:\n{process.Said}");
            await RestAsync(name);
        }

        await Wait.UntilAsync(() => Task.FromResult(process.OpenFiles <= files + 10), Patience, () => $"{process.OpenFiles} files are open, {files} were before");
        await Wait.UntilAsync(async () =>
        {
            await SwitchForAsync(TimeSpan.FromSeconds(1));
            return process.AnonymousBytes <= memory + 10 * Megabyte;
        }, Patience, () => $"memory was {memory / Megabyte} MB and stays at {process.AnonymousBytes / Megabyte} MB, {process.ResidentBytes / Megabyte} MB with the program");
        Tell($"{process.AnonymousBytes / Megabyte} MB of its own, {process.ResidentBytes / Megabyte} MB with its program, {process.OpenFiles} files, {process.Threads} threads, {(process.SaidBytes - log) / 1024} KB of log after the attacks");
        Assert.True(process.SaidBytes - log < LogBound, $"{process.SaidBytes - log} bytes were logged:\n{process.Said[..Math.Min(2000, process.Said.Length)]}");
        foreach (var secret in (string[])[under.Cookie.Split('=', 2)[1], under.Token, GatewayUnderAttack.Password, WrongSecrets.Password, PublishedGateway.ClaimCode])
            Assert.DoesNotContain(secret, process.Said, StringComparison.Ordinal);
    }

    private IEnumerable<(string Name, Func<CancellationToken, Task> Attack)> AllAttacks()
    {
        var (gateway, token) = (under.Gateway, under.Token);
        yield return ("3,000 mutated MQTT packets", stop => MutatedPackets.SendAsync(gateway, token, 3000, stop));
        yield return ("half-sent packets on every listener", stop => HalfSent.SendAsync(gateway, token, stop));
        yield return ("slow HTTP", stop => SlowHttp.SendAsync(gateway, stop));
        yield return ("huge bodies", stop => HugeBodies.SendAsync(gateway, token, stop));
        yield return ("bad JSON and bad UTF-8", stop => BadText.SendAsync(gateway, token, stop));
        yield return ("wrong passwords and tokens", stop => WrongSecrets.SendAsync(gateway, stop));
        yield return ("2,000 connections", stop => ManyConnections.HoldAsync(gateway, token, 2000, stop));
    }

    /// <summary>The phone's 99th percentile during the attack and its <see cref="Aftermath"/> against that just before it; one hiccup of the machine is forgiven.</summary>
    private async Task WithstandsAsync(string name, Func<CancellationToken, Task> attack)
    {
        for (var isLast = false; ; isLast = true)
        {
            var before = P99(await SwitchForAsync(TimeSpan.FromSeconds(2)));
            double during;
            long most;
            using (var end = new CancellationTokenSource())
            {
                var phone = under.Phone.SwitchAsync(end.Token);
                try
                {
                    most = await AttackAsync(attack);
                    await Task.Delay(Aftermath, TimeProvider.System);
                }
                finally
                {
                    await end.CancelAsync();
                    during = P99(await phone);
                }
            }
            Tell($"{name}: p99 {before:0.0} ms before, {during:0.0} during; at most {most / Megabyte} MB; {under.Gateway.Process.AnonymousBytes / Megabyte} of its own now");
            Assert.True(most < GatewayUnderAttack.Memory, $"{name}: {most / Megabyte} MB");
            if (during <= Factor * Math.Max(before, Floor)) return;
            Assert.False(isLast, $"{name}: the phone's commands took {during:0.0} ms during it, {before:0.0} ms before (99th percentile)");
        }
    }

    /// <summary>Attacks again and again until the time is over; gives the most resident memory seen.</summary>
    private async Task<long> AttackAsync(Func<CancellationToken, Task> attack)
    {
        using var stop = new CancellationTokenSource(Patience + GatewayUnderAttack.AttackTime);
        long most = 0;
        await using var watch = TimeProvider.System.CreateTimer(_ => most = Math.Max(most, under.Gateway.Process.HasExited ? 0 : under.Gateway.Process.ResidentBytes), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        var start = TimeProvider.System.GetTimestamp();
        do await attack(stop.Token);
        while (TimeProvider.System.GetElapsedTime(start) < GatewayUnderAttack.AttackTime);
        return most;
    }

    private async Task<List<double>> SwitchForAsync(TimeSpan time)
    {
        using var end = new CancellationTokenSource(time, TimeProvider.System);
        return await under.Phone.SwitchAsync(end.Token);
    }

    /// <summary>Nothing spins: soon the gateway uses less than a tenth of a core while nobody asks it anything.</summary>
    private async Task RestAsync(string after = "start")
    {
        var used = TimeSpan.Zero;
        await Wait.UntilAsync(async () =>
        {
            var cpu = under.Gateway.Process.CpuTime;
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            used = under.Gateway.Process.CpuTime - cpu;
            return used < TimeSpan.FromMilliseconds(100);
        }, Patience, () => $"after {after} the gateway does not rest: {used.TotalMilliseconds} ms of CPU in a quiet second");
    }

    private static double P99(List<double> times) => times.Order().ElementAt((int)(times.Count * 0.99));

    private static void Tell(FormattableString what) => TestContext.Current.TestOutputHelper?.WriteLine(what.ToString(CultureInfo.InvariantCulture));
}

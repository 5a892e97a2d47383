using System.Security.Cryptography;
using System.Text;
using Gateway.Host.Certificates.Acme;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates;

/// <summary>
/// Gets a certificate for each name and renews it in time. Asks nobody while the gateway has no owner, its clock is not set or there is no internet; what is served goes on being
/// served whatever fails.
/// </summary>
internal sealed class CertificateKeeper(CertificateShelf shelf, Authority authority, ServerCertificate served, FailureStore failures, SettingsStore settings, StatusStore status, Metrics metrics, TimeProvider time, ILogger<CertificateKeeper> logger) : BackgroundService
{
    /// <summary>The longest pause: dates are the clock's, which may be set anew.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>While something fails: when the owner has to be told depends on how long it has.</summary>
    private static readonly TimeSpan WhileFailing = TimeSpan.FromSeconds(10);

    private readonly Bell _bell = new(time);
    private readonly Dictionary<string, Suggestion> _suggestions = new(StringComparer.Ordinal);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        settings.OnChange(_ => _bell.Ring());
        status.OnChange((before, after) => { if (before.IsClaimed != after.IsClaimed || before.Clock.IsSynchronised != after.Clock.IsSynchronised || before.Internet.Answers != after.Internet.Answers) _bell.Ring(); });
        metrics.Gauge("gateway_certificate_expiry_seconds", "When the certificate of the first name ends: seconds since 1970; 0 while no authority has issued one.", () => status.Current.Certificate is { IsSelfSigned: false } c ? c.Expires.ToUnixTimeSeconds() : 0);
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        time.RepeatAsync(TurnAsync, TimeSpan.FromMinutes(10), e => logger.LogError(e, "Looking after the certificates failed; it is tried again"), stoppingToken);

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        var next = Longest;
        if (Listeners.ServesHttps(settings.Current))
        {
            shelf.Load();
            foreach (var name in PublicNames.Of(settings.Current).Select(n => n.Name).Distinct(StringComparer.Ordinal))
            {
                if (!MayAsk(settings.Current)) break;
                if (await LookAfterAsync(name, cancellationToken) - time.GetUtcNow() is var wait && wait < next) next = wait;
            }
            Tell();
        }
        await _bell.WaitAsync(next > TimeSpan.FromSeconds(1) ? next : TimeSpan.FromSeconds(1), cancellationToken);
    }

    private bool MayAsk(Settings now) => now is { IsDemonstration: false } && now.Text(AcmeSettings.Directory) is { Length: > 0 } && status.Current is { IsClaimed: true, Clock.IsSynchronised: true, Internet.Answers: not false };

    /// <summary>Does what is due; when the next is.</summary>
    private async Task<DateTimeOffset> LookAfterAsync(string name, CancellationToken cancellationToken)
    {
        var mark = Mark(name);
        if (!HasToken(name)) return DateTimeOffset.MaxValue;
        var (current, failed) = (shelf.Of(name), failures.Read(name, mark));
        var due = current is null || authority.NamesFor(name).Except(IssuedChain.NamesOf(current.Leaf), StringComparer.OrdinalIgnoreCase).Any() ? DateTimeOffset.MinValue : await RenewAtAsync(current, cancellationToken);
        if (failed is { } f && RenewalPolicy.NextAttempt(f, time.GetUtcNow()) is var next && next > due) due = next;
        if (due > time.GetUtcNow()) return failed is not null ? Earlier(due, time.GetUtcNow() + WhileFailing) : Earlier(due, _suggestions.GetValueOrDefault(name)?.AskAgain ?? DateTimeOffset.MaxValue);
        try
        {
            var (certificate, pem) = await authority.IssueAsync(name, current?.Leaf, cancellationToken);
            shelf.Put(certificate, pem);
            failures.Write(name, mark, null);
            logger.LogInformation("{Name} has a certificate of an authority until {Until:O}", name, certificate.Until);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // What is no answer of the authority's is ours, such as a disk that is full: what was issued is then asked for again, later.
            var failure = e as AcmeException ?? new AcmeException(AcmeFailure.Trouble, "The certificate could not be kept.", e);
            if (e is not AcmeException) logger.LogError(e, "The certificate of {Name} could not be kept", name);
            else if (failed?.Words != failure.Message) logger.LogWarning("{Name} got no certificate; it is tried again. {Words}", name, failure.Message);
            failures.Write(name, mark, RenewalPolicy.Failed(failed, failure, time.GetUtcNow(), Random.Shared.NextDouble()));
        }
        return time.GetUtcNow(); // what follows is seen by looking again
    }

    /// <summary>When to renew, by the authority's wish where it has one. A wish that cannot be heard now is the last one that was.</summary>
    private async Task<DateTimeOffset> RenewAtAsync(IssuedCertificate certificate, CancellationToken cancellationToken)
    {
        if (_suggestions.GetValueOrDefault(certificate.Name) is not { } known || known.Certificate != certificate) known = new Suggestion(certificate, null, DateTimeOffset.MinValue, Random.Shared.NextDouble());
        if (known.AskAgain <= time.GetUtcNow())
        {
            try
            {
                var (window, retryAfter) = await authority.RenewalInfoAsync(certificate.Leaf, cancellationToken);
                known = known with { Window = window, AskAgain = time.GetUtcNow() + RenewalPolicy.AskAgainAfter(retryAfter) };
            }
            catch (AcmeException e)
            {
                logger.LogDebug("When {Name} shall be renewed was not told. {Words}", certificate.Name, e.Message);
                known = known with { AskAgain = time.GetUtcNow() + RenewalPolicy.AskAgainAfter(e.RetryAfter) };
            }
        }
        _suggestions[certificate.Name] = known;
        return RenewalPolicy.RenewAt(certificate.From, certificate.Until, known.Window, known.Random);
    }

    /// <summary>Says what is wrong, of the first name of which anything is. Without a clock nothing is said of dates.</summary>
    private void Tell()
    {
        var isOn = !settings.Current.IsDemonstration && settings.Current.Text(AcmeSettings.Directory) is { Length: > 0 } && status.Current is { IsClaimed: true, Clock.IsSynchronised: true };
        served.Say(isOn ? PublicNames.Of(settings.Current).Where(n => HasToken(n.Name))
            .Select(n => shelf.Of(n.Name) is var c ? RenewalPolicy.Problem(n.Name, c?.From, c?.Until, failures.Read(n.Name, Mark(n.Name)), time.GetUtcNow()) : null).FirstOrDefault(p => p is not null) : null);
    }

    /// <summary>Without one the name is not ours yet: nothing could be proven.</summary>
    private bool HasToken(string name) => settings.Current.Text(KeyOf(name) + ".token") is { Length: > 0 };

    private string KeyOf(string name) => PublicNames.Of(settings.Current).First(n => n.Name == name).Key;

    /// <summary>Changes when the settings do that an attempt depends on, so that what failed under others is tried at once; tells nothing of a token, which is long and random.</summary>
    private string Mark(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', settings.Current.Values
        .Where(v => v.Key.StartsWith("acme.", StringComparison.Ordinal) || v.Key.StartsWith(KeyOf(name) + ".", StringComparison.Ordinal)).OrderBy(v => v.Key, StringComparer.Ordinal)
        .Select(v => $"{v.Key}={(v.Value.Value is string[] list ? string.Join(',', list) : v.Value.Value)}")))))[..16];

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    /// <summary>What an authority suggests for a certificate.</summary>
    private sealed record Suggestion(IssuedCertificate Certificate, AcmeWindow? Window, DateTimeOffset AskAgain, double Random);
}

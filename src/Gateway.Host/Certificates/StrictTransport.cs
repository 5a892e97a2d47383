using System.Globalization;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates;

/// <summary>
/// Strict-Transport-Security (RFC 6797) for names that have a certificate of an authority: only once that one is three days old and nothing is wrong with renewing it, and only for two
/// weeks, if it is good for longer, because browsers that have seen it let nobody past a certificate that has ended. A renewal begins the three days anew, which no browser notices.
/// </summary>
internal sealed class StrictTransport(RequestDelegate next, CertificateShelf shelf, StatusStore status, TimeProvider time)
{
    private static readonly TimeSpan Stable = TimeSpan.FromDays(3), Told = TimeSpan.FromDays(14);

    private static readonly string Value = string.Create(CultureInfo.InvariantCulture, $"max-age={Told.TotalSeconds:0}");

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.IsHttps && IsStable(context.Request.Host.Host)) context.Response.Headers.StrictTransportSecurity = Value;
        return next(context);
    }

    private bool IsStable(string host) => shelf.Of(host) is { } certificate && status.Current is { Clock.IsSynchronised: true, Certificate.Problem: null } && time.GetUtcNow() - certificate.From >= Stable && certificate.Until - time.GetUtcNow() > Told;
}

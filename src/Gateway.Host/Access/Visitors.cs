using Gateway.Host.Core;

namespace Gateway.Host.Access;

/// <summary>What the endpoints for accounts share: who comes, how they answer.</summary>
internal static class Visitors
{
    private static readonly (string Mark, string Name)[] Browsers =
        [("Edg/", "Edge"), ("EdgA/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];

    private static readonly (string Mark, string Name)[] Systems =
        [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux")];

    public static Visitor Of(HttpContext context) => new(context.Origin(), context.Request.IsHttps, DeviceOf(context.Request.Headers.UserAgent.ToString()),
        Cookies.Read(context.Request, Cookies.SessionName(context.Request.IsHttps)));

    /// <summary>"Firefox on Android": enough to know one's own devices by.</summary>
    public static string DeviceOf(string userAgent)
    {
        var browser = Browsers.FirstOrDefault(b => userAgent.Contains(b.Mark, StringComparison.Ordinal)).Name;
        var system = Systems.FirstOrDefault(s => userAgent.Contains(s.Mark, StringComparison.Ordinal)).Name;
        if (browser is not null && system is not null) return $"{browser} on {system}";
        var program = new string([.. userAgent.TakeWhile(c => char.IsAsciiLetterOrDigit(c) || "-_.".Contains(c)).Take(40)]);
        return browser ?? system ?? (program.Length > 0 ? program : "unknown");
    }

    /// <summary>Passwords and codes do not cross the internet in the clear.</summary>
    public static IResult? RefuseInTheClear(HttpContext context) =>
        context.Origin().IsOutside && !context.Request.IsHttps ? Problems.Of(403, "From outside only over HTTPS.") : null;

    public static IResult Busy(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "2";
        return Problems.Of(503, "Too many people are signing in just now. Try again in some seconds.");
    }

    public static IResult Throttled(HttpContext context, TimeSpan wait) => Problems.TooOften(context, wait, "Too many attempts.");

    /// <summary>Gives the new session to the browser, and a proof that this is a known device.</summary>
    public static IResult SignedIn(HttpContext context, (Session Session, string Secret) made, DeviceCookie devices, int status)
    {
        var https = context.Request.IsHttps;
        Cookies.Write(context, Cookies.SessionName(https), made.Secret, Session.AbsoluteLimit);
        Cookies.Write(context, Cookies.DeviceName(https), devices.New(made.Session.PersonKey), DeviceCookie.Lifetime);
        return TypedResults.Json(WhoView.Of(made.Session.Caller, claimed: true, context.Origin()), AccessJson.Default.WhoView, statusCode: status);
    }
}

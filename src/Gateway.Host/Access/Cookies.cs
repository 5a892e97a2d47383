using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Gateway.Host.Core;

namespace Gateway.Host.Access;

/// <summary>
/// The gateway's cookies. Over HTTPS they carry <c>__Host-</c> (RFC 6265bis, 4.1.3.2: Secure, this host only). Over plain HTTP, which is for
/// this machine and the home network, they have names of their own and count nowhere else.
/// </summary>
internal static class Cookies
{
    public static string SessionName(bool overHttps) => overHttps ? "__Host-gateway" : "gateway-home";

    public static string DeviceName(bool overHttps) => overHttps ? "__Host-gateway-device" : "gateway-device-home";

    /// <summary>
    /// A cookie's value; null when it is missing, and also when it is there twice: then somebody else has set one of them
    /// (a neighbour on the same domain can), and nothing tells which.
    /// </summary>
    public static string? Read(HttpRequest request, string name)
    {
        string? found = null;
        foreach (var header in request.Headers.Cookie)
        {
            var rest = header.AsSpan();
            while (!rest.IsEmpty)
            {
                var end = rest.IndexOf(';');
                var pair = (end < 0 ? rest : rest[..end]).Trim();
                rest = end < 0 ? default : rest[(end + 1)..];
                if (pair.Length <= name.Length || pair[name.Length] != '=' || !pair.StartsWith(name, StringComparison.Ordinal)) continue;
                if (found is not null) return null;
                found = pair[(name.Length + 1)..].ToString();
            }
        }
        return found;
    }

    /// <summary>Whether a session's or device's cookie of this gateway came along, for HTTPS or for home.</summary>
    public static bool Has(HttpRequest request)
    {
        foreach (var header in request.Headers.Cookie)
        {
            if (header is not null && (header.Contains(SessionName(true), StringComparison.Ordinal) || header.Contains(SessionName(false), StringComparison.Ordinal))) return true;
        }
        return false;
    }

    public static void Write(HttpContext context, string name, string value, TimeSpan lifetime) => context.Response.Cookies.Append(name, value, Options(context, lifetime));

    public static void Delete(HttpContext context, string name) => context.Response.Cookies.Delete(name, Options(context, null));

    private static CookieOptions Options(HttpContext context, TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        Secure = context.Request.IsHttps,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        MaxAge = lifetime,
        IsEssential = true,
    };
}

/// <summary>
/// OWASP's device cookies: after a sign-in the device gets a proof that somebody once signed in on it under that name. It opens nothing;
/// it only gives the device an account's attempts of its own.
/// </summary>
internal sealed class DeviceCookie
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    private readonly byte[] _key;

    public DeviceCookie(Database database)
    {
        database.Migrate("device-cookie", "CREATE TABLE device_key (key BLOB NOT NULL);");
        if (database.Read(c => c.Scalar("SELECT key FROM device_key")) is byte[] key)
        {
            _key = key;
            return;
        }
        _key = RandomNumberGenerator.GetBytes(32);
        database.Write(c => c.Execute("INSERT INTO device_key VALUES ($key)", ("$key", _key)));
    }

    /// <summary>A cookie's value for this person on a new device.</summary>
    public string New(string personKey)
    {
        var id = Secrets.NewId();
        return id + "." + Proof(id, personKey);
    }

    /// <summary>The device's id when the cookie is genuine and of this account.</summary>
    public string? Check(string? cookie, string personKey) =>
        cookie?.Split('.') is [{ Length: 16 } id, var proof]
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(proof), Encoding.UTF8.GetBytes(Proof(id, personKey))) ? id : null;

    private string Proof(string id, string personKey) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(id + "." + personKey)));
}

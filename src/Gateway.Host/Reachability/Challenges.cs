using System.Net;
using System.Security.Cryptography;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>How a nonce came to our own listener.</summary>
/// <param name="Local">The address and port of this machine at which it arrived; IPv4 as IPv4.</param>
/// <param name="IsHttps">Whether it came over TLS that ended here.</param>
/// <param name="Origin">Where it came from.</param>
internal sealed record Arrival(IPEndPoint Local, bool IsHttps, ClientOrigin Origin);

/// <summary>A question that only this process can answer, asked once through the outside. Disposed when whoever asked has lost interest.</summary>
internal sealed class Challenge : IDisposable
{
    private readonly Action<Challenge> _forget;

    internal Challenge(string nonce, string answer, long issued, Action<Challenge> forget, Action<Arrival>? arrived) => (Nonce, Answer, Issued, _forget, Arrived) = (nonce, answer, issued, forget, arrived);

    /// <summary>128 random bits, as 32 hex digits.</summary>
    public string Nonce { get; }

    /// <summary>What a client hears that gets the nonce to our listener, and nobody else can know.</summary>
    public string Answer { get; }

    internal long Issued { get; }

    internal Action<Arrival>? Arrived { get; }

    /// <summary>How it came; null while it has not.</summary>
    public Arrival? Arrival { get; internal set; }

    public void Dispose() => _forget(this);
}

/// <summary>The nonces that are on their way. The table is small, each is good once and for a short time, and what a stranger sends costs one look into it.</summary>
internal sealed class Challenges(TimeProvider time)
{
    /// <summary>So many at once; looks of all vantages together need a dozen.</summary>
    public const int Most = 64;

    /// <summary>How long a nonce may be on its way.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly Dictionary<string, Challenge> _outstanding = new(StringComparer.Ordinal);

    /// <summary>A fresh one; null while too many are on their way.</summary>
    /// <param name="arrived">Told how it came, by the request that brings it.</param>
    public Challenge? Issue(Action<Arrival>? arrived = null)
    {
        var bytes = RandomNumberGenerator.GetBytes(16);
        var nonce = Convert.ToHexStringLower(bytes);
        var challenge = new Challenge(nonce, Convert.ToHexStringLower(HMACSHA256.HashData(_secret, bytes)), time.GetTimestamp(), Forget, arrived);
        lock (_lock)
        {
            foreach (var old in _outstanding.Values.Where(HasExpired).ToArray()) _outstanding.Remove(old.Nonce);
            if (_outstanding.Count >= Most) return null;
            _outstanding.Add(nonce, challenge);
        }
        return challenge;
    }

    /// <summary>A nonce has come: gives the answer, the first time; null for one that is unknown, spent or late.</summary>
    public string? Arrive(string nonce, Arrival arrival)
    {
        Challenge? challenge;
        lock (_lock)
        {
            if (!_outstanding.Remove(nonce, out challenge) || HasExpired(challenge)) return null;
            challenge.Arrival = arrival;
        }
        challenge.Arrived?.Invoke(arrival);
        return challenge.Answer;
    }

    private bool HasExpired(Challenge challenge) => time.GetElapsedTime(challenge.Issued) >= GoodFor;

    private void Forget(Challenge challenge)
    {
        lock (_lock) _outstanding.Remove(challenge.Nonce);
    }
}

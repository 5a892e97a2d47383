using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace Gateway.Host.Access;

/// <summary>What came of a password's check.</summary>
internal enum PasswordVerdict { Busy, Wrong, Right }

/// <summary>
/// Argon2id (RFC 9106), one hash at a time: 19 MiB and 2 passes, OWASP's Password Storage Cheat Sheet, are what a board with 512 MB can spare
/// once but not ten times. Who finds the queue full is told so at once. People of a known device have places in it that strangers cannot take.
/// </summary>
internal sealed class PasswordHasher : IDisposable
{
    /// <summary>How many may wait; the second number is for known devices.</summary>
    public const int Places = 8, PlacesForKnown = 16;

    private const int MemoryKiB = 19 * 1024, Passes = 2, SaltSize = 16, HashSize = 32;
    private const string Prefix = "$argon2id$v=19$m=19456,t=2,p=1$";

    private static readonly PasswordBasedKeyDerivationAlgorithm Argon2id = PasswordBasedKeyDerivationAlgorithm.Argon2id(
        new Argon2Parameters { DegreeOfParallelism = 1, MemorySize = MemoryKiB, NumberOfPasses = Passes });

    /// <summary>What the password of somebody who is not there is checked against, so that it takes as long.</summary>
    private static readonly string Nobody = Prefix + Base64Url.EncodeToString(new byte[SaltSize]) + "$" + Base64Url.EncodeToString(new byte[HashSize]);

    private readonly SemaphoreSlim _one = new(1);
    private int _inside;

    /// <summary>The hash in the usual text form, or null when the queue is full.</summary>
    public async Task<string?> HashAsync(string password, CancellationToken cancellationToken)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        var hash = await InTurnAsync(password, salt, PlacesForKnown, cancellationToken);
        return hash is null ? null : Prefix + Base64Url.EncodeToString(salt) + "$" + Base64Url.EncodeToString(hash);
    }

    /// <summary>Compares; a null <paramref name="stored"/> is wrong, after the same time.</summary>
    public async Task<PasswordVerdict> VerifyAsync(string? stored, string password, bool isKnown, CancellationToken cancellationToken)
    {
        // Every stored hash has these parameters; when they change, this splits them from the text and the next sign-in writes the new ones.
        var parts = (stored ?? Nobody)[Prefix.Length..].Split('$');
        var hash = await InTurnAsync(password, Base64Url.DecodeFromChars(parts[0]), isKnown ? PlacesForKnown : Places, cancellationToken);
        if (hash is null) return PasswordVerdict.Busy;
        var same = CryptographicOperations.FixedTimeEquals(hash, Base64Url.DecodeFromChars(parts[1]));
        return same && stored is not null ? PasswordVerdict.Right : PasswordVerdict.Wrong;
    }

    public void Dispose() => _one.Dispose();

    private async Task<byte[]?> InTurnAsync(string password, byte[] salt, int places, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _inside) > places)
        {
            Interlocked.Decrement(ref _inside);
            return null;
        }
        try
        {
            await _one.WaitAsync(cancellationToken);
            // A thread of its own: on a slow board this takes a quarter of a second, which the pool's few threads should not lose, nor a light wait for.
            try { return await Task.Factory.StartNew(() => DeriveBehindOthers(password, salt), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default); }
            finally { _one.Release(); }
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }

    private static byte[] DeriveBehindOthers(string password, byte[] salt)
    {
        // The thread ends with the hash; what cannot be had (an unusual kernel) only makes others wait.
        _ = SetPriority(ThisThread, 0, Nice);
        return Derive(password, salt);
    }

    private static byte[] Derive(string password, byte[] salt)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
        try { return Argon2id.DeriveBytes(bytes, salt, HashSize); }
        finally { CryptographicOperations.ZeroMemory(bytes); }
    }

    /// <summary>setpriority(2): PRIO_PROCESS with 0 is the calling thread on Linux; 10 gets a tenth of what a thread at 0 gets while both want to run.</summary>
    private const int ThisThread = 0, Nice = 10;

#pragma warning disable SYSLIB1054 // Blittable: LibraryImport would only ask for unsafe code.
    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, uint who, int priority);
#pragma warning restore SYSLIB1054
}

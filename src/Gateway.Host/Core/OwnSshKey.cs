using System.ComponentModel;

namespace Gateway.Host.Core;

/// <summary>
/// The gateway's own SSH key, for servers whose table names none: made once with <c>ssh-keygen</c> and kept in the data folder as one file, <c>ssh-key</c>, that only this user can read. The public half is
/// in the same file, so there is never one without the other; it appears whole or not at all, and a whole one is never replaced.
/// </summary>
public static class OwnSshKey
{
    private static readonly TimeSpan MadeWithin = TimeSpan.FromSeconds(20);
    private static readonly SemaphoreSlim Making = new(1);

    private static ReadOnlySpan<byte> Beginning => "-----BEGIN OPENSSH PRIVATE KEY-----"u8;

    /// <summary>Where it is.</summary>
    public static string FileIn(string dataFolder) => Path.Combine(dataFolder, "ssh-key");

    /// <summary>Makes a server's key where it is the gateway's own and not there yet, and sees that it can be read. Throws <see cref="SshException"/> with <see cref="SshRefusal.NoKey"/>.</summary>
    public static async Task ReadyAsync(SshServer server, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        if (server.HasOwnKey) await MakeAsync(server.KeyFile, time, cancellationToken);
        try { await using var file = File.OpenRead(server.KeyFile); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable($"the key {server.KeyFile} for {server.Host} cannot be read ({e.Message.TrimEnd('.')}): mend {server.Way.Replace("ssh", "ingress.ssh", StringComparison.Ordinal)}.key, or leave it out for a key of the gateway's own", e);
        }
    }

    /// <summary>Makes it where there is none that is whole. Several may do so at once, in this process and in others: they all find the same. Throws <see cref="SshException"/>.</summary>
    /// <param name="file">As of <see cref="FileIn"/>; its folder is there.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task MakeAsync(string file, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        var folder = Path.GetDirectoryName(file)!;
        var made = $"{file}.{Environment.ProcessId}.new";
        await Making.WaitAsync(cancellationToken);
        try
        {
            if (File.Exists(file))
            {
                var key = await File.ReadAllBytesAsync(file, cancellationToken);
                if (SshKeyFile.PublicKey(key) is not null) return;
                if (!Beginning.StartsWith(key.AsSpan(0, Math.Min(key.Length, Beginning.Length)))) throw Unusable($"{file} is where the gateway's own key goes, and holds something else: take it away, and name a key of yours as \"key\" in the server's table");
                File.Delete(file); // half a key, of a disk that lost the rest: it opens nothing
            }
            File.Delete(made);
            File.Delete(made + ".pub");
            await RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "gateway", "-f", made], time, cancellationToken);
            File.Delete(made + ".pub");
            // By root's hand it still has to be the gateway's.
            if (Environment.IsPrivilegedProcess) await RunAsync("chown", ["--reference=" + folder, "--", made], time, cancellationToken);
            DurableFile.Publish(made, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Unusable($"the gateway's own key {file} cannot be read or made ({e.Message.TrimEnd('.')})", e); }
        finally { Making.Release(); }
    }

    private static async Task RunAsync(string program, IReadOnlyList<string> arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var (code, _, errors) = await KeptProcess.RunAsync(program, arguments, MadeWithin, time, cancellationToken);
            if (code != 0) throw Unusable($"{program} cannot make the gateway's own key ({errors.Trim().ReplaceLineEndings(" ")})");
        }
        catch (Win32Exception e) { throw Unusable($"the program {program} cannot be run here ({e.Message}); it makes the gateway's own key and comes with openssh-client", e); }
        catch (TimeoutException e) { throw Unusable($"the gateway's own key cannot be made: {e.Message}", e); }
    }

    private static SshException Unusable(string words, Exception? cause = null) => new(words, isPermanent: true, cause) { Refusal = SshRefusal.NoKey };
}

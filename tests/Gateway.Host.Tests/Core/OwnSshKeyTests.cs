using System.Diagnostics;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Core;

/// <summary>The key that the gateway makes for itself, with the real ssh-keygen.</summary>
public sealed class OwnSshKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("own-key-").FullName;

    public OwnSshKeyTests() => Assert.SkipUnless(File.Exists("/usr/bin/ssh-keygen") || Environment.GetEnvironmentVariable("CI") == "true", "No ssh-keygen is installed (openssh-client).");

    private string Key => OwnSshKey.FileIn(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_is_made_once_whole_and_for_its_user_alone_and_its_public_half_is_what_ssh_keygen_says()
    {
        await MakeAsync();
        var made = await File.ReadAllBytesAsync(Key);
        Assert.Equal([Key], Directory.GetFileSystemEntries(_folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Key));
        Assert.Equal(await PublicAsync(Key), SshKeyFile.PublicKey(made));
        Assert.StartsWith("ssh-ed25519 ", SshKeyFile.PublicKey(made), StringComparison.Ordinal);
        await MakeAsync();
        Assert.Equal(made, await File.ReadAllBytesAsync(Key));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(200)]
    [InlineData(-10)]
    public async Task Half_a_key_is_made_anew(int left)
    {
        await MakeAsync();
        var whole = await File.ReadAllBytesAsync(Key);
        await File.WriteAllBytesAsync(Key, whole[..(left < 0 ? whole.Length + left : left)]);
        await File.WriteAllTextAsync($"{Key}.{Environment.ProcessId}.new", "what a power cut has left");
        await MakeAsync();
        Assert.NotEqual(whole, await File.ReadAllBytesAsync(Key));
        Assert.NotNull(SshKeyFile.PublicKey(await File.ReadAllBytesAsync(Key)));
        Assert.Equal([Key], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task What_is_no_key_of_OpenSSHs_is_left_alone_and_named()
    {
        await File.WriteAllTextAsync(Key, "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n");
        var refused = await Assert.ThrowsAsync<SshException>(MakeAsync);
        Assert.Contains(Key, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith("-----BEGIN EC", await File.ReadAllTextAsync(Key), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_at_once_find_the_same_key()
    {
        var seen = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            await MakeAsync();
            return SshKeyFile.PublicKey(await File.ReadAllBytesAsync(Key));
        })));
        Assert.Single(seen.Distinct());
    }

    [Fact]
    public async Task What_another_process_has_published_meanwhile_stays()
    {
        var made = Path.Combine(_folder, "made");
        await File.WriteAllTextAsync(made, "ours");
        await File.WriteAllTextAsync(Key, "theirs");
        Assert.False(DurableFile.Publish(made, Key));
        Assert.Equal("theirs", await File.ReadAllTextAsync(Key));
        Assert.False(File.Exists(made));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_and_a_key_that_cannot_be_read_are_said_in_words()
    {
        var own = await Assert.ThrowsAsync<SshException>(() => OwnSshKey.MakeAsync(Path.Combine(_folder, "no", "ssh-key"), TimeProvider.System, CancellationToken.None));
        Assert.Equal((SshRefusal.NoKey, true), (own.Refusal, own.IsPermanent));
        var server = new SshServer("ssh.first", "relay.example", 22, "pi", Path.Combine(_folder, "nothing"), "/known");
        var named = await Assert.ThrowsAsync<SshException>(() => OwnSshKey.ReadyAsync(server, TimeProvider.System, CancellationToken.None));
        Assert.Contains("nothing for relay.example cannot be read", named.Message, StringComparison.Ordinal);
        Assert.Contains("ingress.ssh.first.key", named.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder)); // nothing is made where the owner has named a file
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA/////w==\n-----END OPENSSH PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB/////w==\n-----END OPENSSH PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n")]
    public void A_file_that_is_no_key_of_OpenSSH_s_has_no_public_half(string file) => Assert.Null(SshKeyFile.PublicKey(System.Text.Encoding.UTF8.GetBytes(file)));

    private Task MakeAsync() => OwnSshKey.MakeAsync(Key, TimeProvider.System, CancellationToken.None);

    /// <summary>The kind and the key, without the comment.</summary>
    private static async Task<string> PublicAsync(string file)
    {
        using var process = Process.Start(new ProcessStartInfo("ssh-keygen", ["-y", "-f", file]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return string.Join(' ', said.Trim().Split(' ')[..2]);
    }
}

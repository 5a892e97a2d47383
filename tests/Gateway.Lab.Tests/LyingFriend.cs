using System.Globalization;
using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>A gateway on <c>friend</c> that lies: <c>tests/lab/bin/lying-friend</c>.</summary>
internal sealed class LyingFriend(Lab lab, string folder, ServerProcess process) : IAsyncDisposable
{
    public string Folder => folder;

    public string Said => process.Said;

    public static async Task<LyingFriend> StartAsync(Lab lab, string lie, string invitation)
    {
        var folder = Directory.CreateTempSubdirectory("liar-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "lie"), lie);
        var liar = new LyingFriend(lab, folder, ServerProcess.Start("ip", ["netns", "exec", lab.Prefix + "-friend", Lab.PathOf("bin/lying-friend"), folder, invitation]));
        await Wait.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(folder, "peer.json"))), TimeSpan.FromSeconds(20), () => $"the liar makes no friends: {liar.Said}");
        return liar;
    }

    /// <summary>Asks the house to look where the friend's name leads.</summary>
    public async Task<string> AskAsync(string family, int port) =>
        (await lab.OnAsync("friend", Lab.PathOf("bin/lying-friend"), folder, "ask", family, port.ToString(CultureInfo.InvariantCulture))).ToString();

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

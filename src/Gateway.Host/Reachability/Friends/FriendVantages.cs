using Gateway.Host.Core;

namespace Gateway.Host.Reachability.Friends;

/// <summary>Makes a vantage of each friend that is to look, and takes it out when the friendship or the wish ends.</summary>
internal sealed class FriendVantages(Friendships friendships, SettingsStore settings, Vantages vantages, FriendClient client, Look look, TimeProvider time) : IHostedService
{
    public const string Setting = "vantage.friends";

    private readonly Lock _lock = new();
    private readonly List<FriendVantage> _made = [];

    /// <summary>Whether this friend is asked: all are, unless some are named.</summary>
    public static bool IsAsked(Friend friend, Settings settings) => settings.List(Setting) is var named && (named.Count == 0 || named.Contains(friend.Name, StringComparer.OrdinalIgnoreCase));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        friendships.OnChange(Reconcile);
        settings.OnChange(_ => Reconcile());
        Reconcile();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Reconcile()
    {
        lock (_lock)
        {
            var wanted = friendships.All.Where(f => IsAsked(f, settings.Current)).ToArray();
            foreach (var gone in _made.Where(v => !wanted.Contains(v.Friend)).ToArray())
            {
                _made.Remove(gone);
                vantages.Remove(gone.Name);
            }
            foreach (var friend in wanted.Where(f => !_made.Exists(v => v.Friend == f)))
            {
                var vantage = new FriendVantage(friend, client, look, time);
                _made.Add(vantage);
                vantages.Put(vantage);
            }
        }
    }
}

using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Core;

/// <summary>So many connections for one source, so that a single peer cannot take every place and lock the house out.</summary>
public sealed class ConnectionQuota
{
    /// <summary>A browser opens six; a whole home behind one address stays below this.</summary>
    public const int OfOneSource = 128;

    /// <summary>A tunnel hides its many strangers behind one source.</summary>
    public const int OfOneTunnel = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <summary>A new connection: false when its source has too many. Each one let in must <see cref="Leave"/>. This machine is not counted: a proxy of the owner's may run on it.</summary>
    public bool TryEnter(ClientOrigin origin)
    {
        if (!IsCounted(origin)) return true;
        lock (_lock)
        {
            var open = _open.GetValueOrDefault(origin.Source);
            if (open >= (origin.Address is null ? OfOneTunnel : OfOneSource)) return false;
            _open[origin.Source] = open + 1;
            return true;
        }
    }

    /// <summary>The connection is over.</summary>
    public void Leave(ClientOrigin origin)
    {
        if (!IsCounted(origin)) return;
        lock (_lock)
        {
            if (--_open[origin.Source] == 0) _open.Remove(origin.Source);
        }
    }

    /// <summary>Cuts connections over the quota. Comes after <see cref="ClientOriginExtensions.MarkOrigin"/>.</summary>
    public void Guard(ListenOptions listener) => listener.Use(next => async connection =>
    {
        var origin = connection.Features.Get<ClientOrigin>()!;
        if (!TryEnter(origin))
        {
            connection.Abort(new ConnectionAbortedException("Too many connections from one source."));
            return;
        }
        try { await next(connection); }
        finally { Leave(origin); }
    });

    private static bool IsCounted(ClientOrigin origin) => origin.Kind is not (OriginKind.LocalSocket or OriginKind.ThisMachine);
}

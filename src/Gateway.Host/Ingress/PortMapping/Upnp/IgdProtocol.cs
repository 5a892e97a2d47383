using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping.Upnp;

/// <summary>Maps by UPnP IGD 1 and 2.</summary>
internal sealed class IgdProtocol(MappingWish wish, IgdDiscovery discovery, MappingMemory memory, AddressScopes scopes) : IMappingProtocol
{
    /// <summary>Renewed at its half, and asked after with every check.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromHours(1);

    private const int InvalidArgs = 402, ActionFailed = 501, NotAuthorised = 606, NoSuchEntry = 714, Conflict = 718, SamePortValuesRequired = 724, OnlyPermanentLeases = 725, NoPortMapsAvailable = 728, ConflictWithOthers = 729;

    private readonly string _local = wish.Local.ToString();
    private WanConnection? _connection;
    private bool _onlyPermanent;
    private bool _isReadBack = true;

    public string Method => _connection?.Method ?? "UPnP IGD";

    public async Task<Grant> MapAsync(Grant? held, CancellationToken cancellationToken)
    {
        if (held is null || _connection is null)
        {
            _connection = await ChooseAsync(cancellationToken);
            _isReadBack = true;
        }
        var connection = _connection;
        try
        {
            var outside = await connection.ExternalAddressAsync(cancellationToken);
            var port = await AddAsync(connection, held, outside, cancellationToken);
            await TidyAsync(connection, port, cancellationToken);
            return await GrantAsync(connection, new IPEndPoint(outside, port), cancellationToken);
        }
        catch (SoapFaultException e) { throw Refused(e, IPAddress.Any); }
    }

    public async Task<RouterFacts> CheckAsync(Grant held, CancellationToken cancellationToken)
    {
        try
        {
            var isThere = !_isReadBack || await LeadsHereAsync(_connection!, held.External.Port, cancellationToken);
            return new RouterFacts(isThere, await _connection!.ExternalAddressAsync(cancellationToken), null);
        }
        // Something answers in place of the service: it has moved.
        catch (SoapFaultException e) { throw new RouterSilentException(e.Message); }
    }

    public async Task UnmapAsync(Grant held, CancellationToken cancellationToken)
    {
        if (_connection is null) return;
        try { await _connection.DeleteAsync(held.External.Port, cancellationToken); }
        catch (SoapFaultException e) when (e.Code == NoSuchEntry) { }
        catch (SoapFaultException e) { throw Refused(e, IPAddress.Any); }
    }

    /// <summary>Of several connections the one that is up and has a public address.</summary>
    private async Task<WanConnection> ChooseAsync(CancellationToken cancellationToken)
    {
        var services = await discovery.FindAsync([":WANIPConnection:", ":WANPPPConnection:"], cancellationToken);
        var connections = services.OrderByDescending(s => s.Version).Select(s => new WanConnection(s)).ToArray();
        if (connections.Length == 1) return connections[0];
        var best = (Points: -1, Connection: connections[0]);
        foreach (var connection in connections)
        {
            var points = await connection.IsConnectedAsync(cancellationToken) switch { true => 2, null => 1, false => 0 };
            try
            {
                if (points > 0 && scopes.IsPublic(await connection.ExternalAddressAsync(cancellationToken))) points += 2;
            }
            catch (Exception e) when (e is SoapFaultException or RouterSilentException) { points = 0; }
            if (points > best.Points) best = (points, connection);
            if (points == 4) break;
        }
        return best.Connection;
    }

    /// <summary>Opens the wanted port, or another where that one is not to be had; gives it.</summary>
    private async Task<int> AddAsync(WanConnection connection, Grant? held, IPAddress outside, CancellationToken cancellationToken)
    {
        int[] candidates = held is null ? OtherPorts.Of(wish) : [held.External.Port];
        SoapFaultException? last = null;
        foreach (var port in candidates)
        {
            try
            {
                await AddAsync(connection, port, cancellationToken);
                return port;
            }
            // Refused for what it is: another port may do. Refused for anything else: one high port shows whether the number was to blame.
            catch (SoapFaultException e) when (e.Code is Conflict or ConflictWithOthers or SamePortValuesRequired || port < 1024 && last is null) { last = e; }
            catch (SoapFaultException e) { throw Refused(last is { Code: Conflict or ConflictWithOthers } ? last : e, outside); }
        }
        throw Refused(last!, outside);
    }

    private async Task AddAsync(WanConnection connection, int port, CancellationToken cancellationToken)
    {
        try { await connection.AddAsync(port, wish.Local, _onlyPermanent ? TimeSpan.Zero : Lease, cancellationToken); }
        catch (SoapFaultException e) when (!_onlyPermanent && e.Code is OnlyPermanentLeases or InvalidArgs)
        {
            await connection.AddAsync(port, wish.Local, TimeSpan.Zero, cancellationToken);
            _onlyPermanent = true;
        }
        // Some refuse to renew what is there, or what a gateway that was killed has left: it is our own.
        catch (SoapFaultException e) when (e.Code is Conflict or ConflictWithOthers)
        {
            if (!await IsOursAsync(connection, port, cancellationToken)) throw;
            await connection.DeleteAsync(port, cancellationToken);
            await connection.AddAsync(port, wish.Local, _onlyPermanent ? TimeSpan.Zero : Lease, cancellationToken);
        }
    }

    /// <summary>Reads back what was granted: not every yes means something.</summary>
    private async Task<Grant> GrantAsync(WanConnection connection, IPEndPoint external, CancellationToken cancellationToken)
    {
        var lease = _onlyPermanent ? null : (TimeSpan?)Lease;
        var unlisted = new Grant(external, lease, null) { Remark = "It does not list what it has opened, though." };
        if (!_isReadBack) return unlisted;
        try
        {
            var entry = await connection.FindAsync(external.Port, cancellationToken);
            if (!entry.LeadsTo(wish.Local)) throw new RouterRefusedException(IngressProblem.PortTaken, $"{wish.TheRouter} says yes by UPnP, and leads port {external.Port} to {entry.Client}.");
            if (!entry.IsEnabled) throw new RouterRefusedException(IngressProblem.NotAuthorised, $"{wish.TheRouter} lists port {external.Port} and keeps it switched off: look into its settings.");
            return new Grant(external, entry.Lease < lease ? entry.Lease : lease, null);
        }
        catch (SoapFaultException)
        {
            _isReadBack = false;
            return unlisted;
        }
    }

    private async Task<bool> LeadsHereAsync(WanConnection connection, int port, CancellationToken cancellationToken)
    {
        try { return await connection.FindAsync(port, cancellationToken) is { IsEnabled: true } entry && entry.LeadsTo(wish.Local); }
        catch (SoapFaultException e) when (e.Code != 0) { return false; }
    }

    private async Task<bool> IsOursAsync(WanConnection connection, int port, CancellationToken cancellationToken)
    {
        try { return await connection.FindAsync(port, cancellationToken) is { Client: not null } entry && entry.LeadsTo(wish.Local); }
        catch (SoapFaultException) { return false; }
    }

    /// <summary>Closes what an earlier run has left and is not this: on another port, or to where this gateway no longer listens. Only what still leads where it led.</summary>
    private async Task TidyAsync(WanConnection connection, int port, CancellationToken cancellationToken)
    {
        foreach (var left in memory.At(wish).Where(m => m.Method.StartsWith("UPnP", StringComparison.Ordinal) && m.ExternalPort != port))
        {
            try
            {
                if (IPEndPoint.TryParse(left.Local, out var local) && local.Address.Family() == IpFamily.V4
                    && await connection.FindAsync(left.ExternalPort, cancellationToken) is { Client: not null } entry && entry.LeadsTo(local)) await connection.DeleteAsync(left.ExternalPort, cancellationToken);
            }
            catch (SoapFaultException) { } // it is not there, or may not be closed by us
            if (left.Local != _local) memory.Forget(wish, left.Local);
        }
    }

    private RouterRefusedException Refused(SoapFaultException fault, IPAddress outside)
    {
        // An address that nobody can dial explains more than a code does.
        var (problem, trouble) = OutsideAddress.Judge(outside, scopes);
        var code = fault.Code == 0 ? fault.Message : $"UPnP code {fault.Code}{(fault.Message.Length > 0 ? ", " + fault.Message : "")}";
        if (problem is IngressProblem.SharedAddress or IngressProblem.DoubleNat) return new RouterRefusedException(problem, trouble);
        return fault.Code switch
        {
            Conflict or ConflictWithOthers or SamePortValuesRequired => new(IngressProblem.PortTaken, $"{wish.TheRouter} has given port {wish.ExternalPort}, and every other one that was asked for, to somebody else ({code})."),
            NotAuthorised => new(IngressProblem.NotAuthorised, $"{wish.TheRouter} may not open this port: its settings forbid it ({code})."),
            NoPortMapsAvailable => new(IngressProblem.RouterFailed, $"{wish.TheRouter} has no room for another open port ({code})."),
            ActionFailed when problem == IngressProblem.NoOutsideAddress => new(problem, $"{wish.TheRouter} {OutsideAddress.None} ({code})."),
            _ => new(IngressProblem.RouterFailed, $"{wish.TheRouter} does not open the port ({code})."),
        };
    }
}

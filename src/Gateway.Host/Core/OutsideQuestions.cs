using System.Net;

namespace Gateway.Host.Core;

/// <summary>What a resolver says of a name just now.</summary>
/// <param name="Addresses">Of the family that was asked for; empty when it says that there is none. Null when it did not answer.</param>
/// <param name="TimeToLive">How long it will go on saying so from memory; null when it did not answer.</param>
/// <param name="Words">What became of the question: "answers", "does not answer".</param>
public sealed record ResolverAnswer(IReadOnlyList<IPAddress>? Addresses, TimeSpan? TimeToLive, string Words);

/// <summary>Asks one resolver, which may ask others, for a name's addresses. Ends within a few seconds; never throws for what the network does. Dns has the answer, the doctor asks.</summary>
public delegate Task<ResolverAnswer> AskResolver(IPEndPoint resolver, string name, IpFamily family, CancellationToken cancellationToken);

/// <summary>What a vantage found at one TCP port.</summary>
/// <param name="Vantage">Who looked.</param>
/// <param name="Door">At what.</param>
/// <param name="IsOpen">Whether a connection stood; null when that cannot be told.</param>
/// <param name="Words">The same in words.</param>
public sealed record DoorSeen(string Vantage, IPEndPoint Door, bool? IsOpen, string Words);

/// <summary>Lets a vantage of the owner's knock at TCP ports of this home's own public address, once each. Empty when there is no such vantage. Reachability has the answer, the doctor asks.</summary>
public delegate Task<IReadOnlyList<DoorSeen>> KnockFromOutside(IReadOnlyList<IPEndPoint> doors, CancellationToken cancellationToken);

/// <summary>A port that the router has opened, for whomever.</summary>
/// <param name="Protocol"><c>TCP</c> or <c>UDP</c>.</param>
/// <param name="Port">Its number outside.</param>
/// <param name="Target">Where it leads in the home; null when the router tells no address.</param>
/// <param name="Description">What whoever asked for it called it: text of a stranger, at most 64 characters.</param>
public sealed record RouterMapping(string Protocol, int Port, IPEndPoint? Target, string Description);

/// <summary>Reads the router's table of opened ports, at most 100 of them; null when it tells nobody. Ingress has the answer, the doctor asks.</summary>
public delegate Task<IReadOnlyList<RouterMapping>?> ListRouterMappings(CancellationToken cancellationToken);

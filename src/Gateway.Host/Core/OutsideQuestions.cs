using System.Net;

namespace Gateway.Host.Core;

/// <summary>What a resolver says of a name just now.</summary>
/// <param name="Resolver">Who, in words.</param>
/// <param name="Family">What it was asked for.</param>
/// <param name="Addresses">Empty when it says that there is none; null when it did not answer.</param>
/// <param name="TimeToLive">How long it will go on saying so from memory; null when it said nothing or there is none.</param>
/// <param name="Words">What became of the question: "answers", "does not answer".</param>
public sealed record ResolverAnswer(string Resolver, IpFamily Family, IReadOnlyList<IPAddress>? Addresses, TimeSpan? TimeToLive, string Words);

/// <summary>Asks the resolvers of this network and some public ones what they answer for a name, each once. Ends within a few seconds; what the network does is an answer. Dns has it, the doctor asks.</summary>
public delegate Task<IReadOnlyList<ResolverAnswer>> AskResolvers(string name, IReadOnlyList<IpFamily> families, CancellationToken cancellationToken);

/// <summary>Asks this network's own resolver for a name's addresses. Empty when it says that there are none; null when it does not answer. Dns has it, Reachability asks.</summary>
public delegate Task<IReadOnlyList<IPAddress>?> AskNetworkResolver(string name, IpFamily family, CancellationToken cancellationToken);

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

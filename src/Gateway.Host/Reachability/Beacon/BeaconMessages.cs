using System.Text.Json.Serialization;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability.Beacon;

/// <summary><c>POST /look</c>. All is optional for the reader, so that what is missing gets a sentence of its own.</summary>
internal sealed record BeaconRequest(string? Name, int? Port, string? Key, string? Nonce);

/// <param name="Outcome"><c>reached</c>, <c>failed</c> or <c>unknown</c>.</param>
/// <param name="Step">Where it ended.</param>
/// <param name="Words">The same for people.</param>
/// <param name="Answer">What was answered to the nonce.</param>
/// <param name="Seen">The address that asked, which is the one that was dialled.</param>
internal sealed record BeaconReply(string? Outcome, string? Step, string? Words, string? Answer, string? Seen);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(BeaconRequest))]
[JsonSerializable(typeof(BeaconReply))]
internal sealed partial class BeaconJson : JsonSerializerContext;

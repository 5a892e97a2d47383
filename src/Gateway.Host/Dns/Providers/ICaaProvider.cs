namespace Gateway.Host.Dns.Providers;

/// <summary>Who may issue certificates (RFC 8659 section 4).</summary>
/// <param name="Flags">0 to 255; of this gateway's 0.</param>
/// <param name="Tag"><c>issue</c>, <c>issuewild</c> and the like, lower case.</param>
/// <param name="Value">Without quotes.</param>
internal sealed record CaaRecord(int Flags, string Tag, string Value)
{
    /// <summary>As a zone file has it; what cannot be read that way is a record of somebody else's all the same.</summary>
    public static CaaRecord Parse(string? text) => text?.Split(' ', 3) is [var flags, var tag, var value] && byte.TryParse(flags, out var number)
        ? new CaaRecord(number, tag.ToLowerInvariant(), value is ['"', .. var inner, '"'] ? inner : value) : new CaaRecord(-1, "", text ?? "");

    /// <summary>As a zone file has it.</summary>
    public override string ToString() => $"{Flags} {Tag} \"{Value}\"";
}

/// <summary>A provider that has CAA records. Never throws for what provider or network do.</summary>
internal interface ICaaProvider
{
    /// <summary>Those at the name itself, whoever put them there; or why they could not be read.</summary>
    Task<(IReadOnlyList<CaaRecord> Records, ProviderReply? Problem)> ReadCaaAsync(NameOptions name, CancellationToken cancellationToken);

    /// <summary>Makes them these and no others.</summary>
    Task<ProviderReply> WriteCaaAsync(NameOptions name, IReadOnlyList<CaaRecord> records, CancellationToken cancellationToken);
}

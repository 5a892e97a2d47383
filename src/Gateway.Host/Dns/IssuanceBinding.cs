using Gateway.Host.Core;
using Gateway.Host.Dns.Providers;

namespace Gateway.Host.Dns;

/// <summary>
/// Binds a name to one account of one certificate authority by CAA records, where its provider has them: whoever stands where the name leads, such as a relay, gets no certificate for it then.
/// What the owner put there stays.
/// </summary>
internal sealed class IssuanceBinding(ProviderHttp http, SettingsStore settings, IssuanceBindingStore store)
{
    /// <inheritdoc cref="BindIssuance"/>
    public async Task<string?> BindAsync(string name, string authority, Uri account, CancellationToken cancellationToken)
    {
        if (NameSettings.Find(settings.Current, name) is not { Token: not null } options || http.ProviderOf(options) is not ICaaProvider provider) return null;
        // Both become part of a record: a domain, and an address without what would end it.
        if (Uri.CheckHostName(authority) != UriHostNameType.Dns || account.Scheme != Uri.UriSchemeHttps || account.AbsoluteUri is not { Length: <= 200 } uri || uri.Any(c => c is ';' or '"' or '\\')) return null;
        var value = $"{authority}; accounturi={uri}; validationmethods=dns-01";
        CaaRecord[] wanted = [new(0, "issue", value), new(0, "issuewild", value)];
        var (there, problem) = await provider.ReadCaaAsync(options, cancellationToken);
        if (problem is not null) return problem.Words;
        if (there.ToHashSet().SetEquals(wanted)) return null;
        var ours = store.Of(name);
        if (there.Any(r => !ours.Contains(r) && !wanted.Contains(r))) return $"{name} has CAA records that this gateway did not make; they stay as they are.";
        store.Write(name, [.. ours, .. wanted]); // before the provider is told: a crash makes strangers of none
        var set = await provider.WriteCaaAsync(options, wanted, cancellationToken);
        if (set.Outcome != ProviderOutcome.Done) return set.Words;
        store.Write(name, wanted);
        return null;
    }
}

/// <summary>Which CAA records this gateway has made, or may have.</summary>
internal sealed class IssuanceBindingStore
{
    private readonly Database _database;

    public IssuanceBindingStore(Database database)
    {
        _database = database;
        database.Migrate("dns_caa", "CREATE TABLE dns_caa (name TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (name, record)) WITHOUT ROWID");
    }

    public IReadOnlyList<CaaRecord> Of(string name) => _database.Read(c => c.Rows("SELECT record FROM dns_caa WHERE name = $n", r => CaaRecord.Parse(r.GetString(0)), ("$n", name)));

    /// <summary>On the disk when this returns.</summary>
    public void Write(string name, IReadOnlyList<CaaRecord> records) => _database.Write(c =>
    {
        c.Execute("DELETE FROM dns_caa WHERE name = $n", ("$n", name));
        foreach (var record in records.Distinct()) c.Execute("INSERT INTO dns_caa VALUES ($n, $r)", ("$n", name), ("$r", record.ToString()));
    });
}

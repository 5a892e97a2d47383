using System.Text.Json;
using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Gateway.Host.Dns;
using Gateway.Host.Dns.Providers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Host.Tests.Dns;

/// <summary>Who may issue for a name, at a deSEC on loopback.</summary>
public sealed class IssuanceBindingTests : IAsyncLifetime
{
    private const string Name = "home.example.dedyn.io", Issue = "0 issue \"ca.example; accounturi=https://ca.example/acct/1; validationmethods=dns-01\"";

    private readonly string _folder = Directory.CreateTempSubdirectory("gw-").FullName;
    private readonly ProviderHttp _http = new(TimeProvider.System);
    private WebStandIn _desec = null!;
    private Database _database = null!;
    private string[] _records = [];
    private bool _isBroken;
    private int _writes;

    public async ValueTask InitializeAsync()
    {
        _desec = await WebStandIn.StartAsync();
        _desec.Answer = async (context, asked) =>
        {
            if (asked.Method == "PATCH")
            {
                _writes++;
                _records = [.. JsonDocument.Parse(asked.Body).RootElement[0].GetProperty("records").EnumerateArray().Select(r => r.GetString()!)];
                if (_isBroken) context.Abort(); // done, and nobody hears of it
                else await context.Response.WriteAsync("[]");
            }
            else if (asked.Query.Contains("type=CAA", StringComparison.Ordinal)) await context.Response.WriteAsync(_records.Length == 0 ? "[]" : $$"""[{"subname":"home","type":"CAA","records":{{JsonSerializer.Serialize(_records)}}}]""");
            else await context.Response.WriteAsync("""[{"name":"example.dedyn.io","minimum_ttl":60}]""");
        };
        _database = new Database(Path.Combine(_folder, "gateway.db"), TimeProvider.System, NullLogger<Database>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _desec.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_name_is_bound_to_the_account_for_itself_and_all_below_once()
    {
        Assert.Null(await BindAsync());
        Assert.Equal([Issue, Issue.Replace("issue ", "issuewild ", StringComparison.Ordinal)], _records);
        Assert.Null(await BindAsync());
        Assert.Equal(1, _writes);
    }

    [Fact]
    public async Task What_the_owner_has_made_stays()
    {
        _records = ["0 issue \"his.example\""];
        Assert.Equal($"{Name} has CAA records that this gateway did not make; they stay as they are.", await BindAsync());
        Assert.Equal(0, _writes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_account_that_is_another_replaces_what_this_gateway_made_also_where_it_never_heard_that_it_did(bool isBroken)
    {
        _isBroken = isBroken;
        Assert.Equal(isBroken, await BindAsync() is not null);
        _isBroken = false;
        Assert.Null(await BindAsync(account: "https://ca.example/acct/2"));
        Assert.Equal(2, _records.Length);
        Assert.All(_records, r => Assert.Contains("/acct/2;", r, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ca.example; x", "https://ca.example/acct/1")]
    [InlineData("ca.example", "https://ca.example/acct;1")]
    [InlineData("ca.example", "http://ca.example/acct/1")]
    [InlineData("", "https://ca.example/acct/1")]
    public async Task What_would_be_more_than_a_record_is_not_written(string authority, string account)
    {
        Assert.Null(await BindAsync(authority, account));
        Assert.Equal(0, _writes);
    }

    [Fact]
    public async Task A_provider_without_such_records_and_a_name_that_is_not_ours_are_left_alone()
    {
        Assert.Null(await BindAsync(provider: DuckDns.Key));
        Assert.Null(await BindAsync(name: "other.example.org"));
        Assert.Empty(_desec.Requests);
    }

    private Task<string?> BindAsync(string authority = "ca.example", string account = "https://ca.example/acct/1", string provider = Desec.Key, string name = Name)
    {
        var settings = ConfigurationLoader.Fixed(GatewayApp.Schema, new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["name.domain"] = provider == DuckDns.Key ? "pycon" : Name, ["name.provider"] = provider, ["name.token"] = "t0ken-of-this-test", ["name.endpoint"] = new Uri(_desec.Address, "/api/v1").ToString(),
        }, new Dictionary<string, object>(StringComparer.Ordinal) { ["data.path"] = _folder }).Load().Settings;
        return new IssuanceBinding(_http, new SettingsStore(settings), new IssuanceBindingStore(_database)).BindAsync(name == Name && provider == DuckDns.Key ? "pycon.duckdns.org" : name, authority, new Uri(account), TestContext.Current.CancellationToken);
    }
}

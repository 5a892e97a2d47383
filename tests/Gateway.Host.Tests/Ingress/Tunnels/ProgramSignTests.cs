using System.Text;
using CsCheck;
using Gateway.Host.Core;
using Gateway.Host.Ingress.Tunnels;
using Gateway.Host.Ingress.Tunnels.Programs;

namespace Gateway.Host.Tests.Ingress.Tunnels;

/// <summary>What programs say, honest and hostile, and what is made of it.</summary>
public sealed class ProgramSignTests
{
    private const string Flying = "be_status: status=1000; bid=https:pycon.duckdns.org; domain=pycon.duckdns.org; port=; proto=https; bhost=127.0.0.1; bport=4430";

    private static readonly TunnelEnd Up = new("relay.example", 443, "test");

    private static PageKite Kite(bool http = false, bool own = true) => new("pycon.duckdns.org", "s3cret", ("relay2.example", 443), http, own, TimeProvider.System);

    private static Ngrok NgrokOf(string url, string? edge = null) => new("t0ken", url, edge, n => n == "pycon.duckdns.org", TimeProvider.System);

    private static Frp FrpOf(string? domain = "pycon.duckdns.org") => new(("frps.example", 7000), "t0ken", domain, 443, true, TimeProvider.System);

    private static TunnelEnd? Read(ProgramTunnel tunnel, params (int Status, string Body)[] answers) => tunnel.Read([.. answers.Select(a => new Answer(a.Status, Encoding.UTF8.GetBytes(a.Body)))]);

    [Fact]
    public void A_kite_flies_when_its_own_status_says_so()
    {
        Assert.Equal(("relay2.example", 443, (string?)null), Kite().Read(Flying, null) is { } end ? (end.Host, end.Port, end.Link) : default);
        Assert.Equal("https://pycon.duckdns.org/", Kite(own: false).Read(Flying, null)!.Link);
        Assert.Equal("http://pycon.duckdns.org/", Kite(http: true).Read(Flying.Replace("proto=https", "proto=http", StringComparison.Ordinal), null)!.Link);
        Assert.Null(Kite(http: true).Read(Flying, null));
        Assert.Null(Kite().Read(Flying.Replace("status=1000", "status=1001", StringComparison.Ordinal), Up));
        Assert.Null(Kite().Read("status_tag: down", Up));
        Assert.Same(Up, Kite().Read(Flying.Replace("domain=pycon", "domain=other", StringComparison.Ordinal), Up));
        Assert.Same(Up, Kite().Read("notify: Hello! This is pagekite", Up));
    }

    [Theory]
    [InlineData("https:pycon.duckdns.org (signature)", IngressProblem.NotAuthorised, true)]
    [InlineData("https:pycon.duckdns.org (Invalid account or shared secret)", IngressProblem.NotAuthorised, true)]
    [InlineData("https:pycon.duckdns.org (You are out of quota)", IngressProblem.Quota, true)]
    [InlineData("https:pycon.duckdns.org (duplicate)", IngressProblem.NameTaken, false)]
    [InlineData("https:pycon.duckdns.org (whatever)", IngressProblem.TunnelFailed, false)]
    public void Why_a_kite_is_refused_is_told_apart(string why, IngressProblem problem, bool isPermanent)
    {
        var refused = Assert.Throws<TunnelException>(() => Kite().Read("notify: REJECTED: " + why, null));
        Assert.Equal((problem, isPermanent), (refused.Problem, refused.IsPermanent));
    }

    [Fact]
    public void Ngrok_s_endpoint_leads_the_name_only_where_TLS_passes_through()
    {
        static string Json(string url) => $$"""{"endpoints":[{"name":"other","url":"https://x.ngrok.app"},{"name":"gateway","url":"{{url}}"}],"uri":"/api/endpoints"}""";
        Assert.Equal(("0.tcp.ngrok.io", 12345, (string?)null), Read(NgrokOf("tcp://"), (200, Json("tcp://0.tcp.ngrok.io:12345"))) is { } tcp ? (tcp.Host, tcp.Port, tcp.Link) : default);
        Assert.Equal(("x.ngrok-cname.com", 443, (string?)null), Read(NgrokOf("tls://pycon.duckdns.org", "x.ngrok-cname.com"), (200, Json("tls://pycon.duckdns.org"))) is { } tls ? (tls.Host, tls.Port, tls.Link) : default);
        Assert.Equal("https://a.ngrok.app/", Read(NgrokOf("https://"), (200, Json("https://a.ngrok.app")))!.Link);
        // One that reads is never taken for one that does not.
        Assert.Throws<TunnelException>(() => Read(NgrokOf("tcp://"), (200, Json("https://a.ngrok.app"))));
        Assert.Null(Read(NgrokOf("tcp://"), (200, """{"endpoints":[]}""")));
    }

    [Theory]
    [InlineData("authentication failed: The authtoken you specified is invalid. ERR_NGROK_107", IngressProblem.NotAuthorised)]
    [InlineData("err=\"failed to start tunnel: endpoint is already online. ERR_NGROK_334\"", IngressProblem.NameTaken)]
    [InlineData("Your account is limited to 1 simultaneous sessions. ERR_NGROK_108", IngressProblem.Quota)]
    public void Ngrok_s_numbers_are_read(string words, IngressProblem problem) => Assert.Equal(problem, NgrokOf("tcp://").Reason(words)!.Problem);

    [Fact]
    public void Cloudflared_stands_when_it_is_ready_and_has_a_name_and_is_a_link_only()
    {
        var quick = new Cloudflared(null, TimeProvider.System);
        Assert.True(quick.IsReadable);
        Assert.Equal("https://made-up.trycloudflare.com/", Read(quick, (200, """{"status":200,"readyConnections":4}"""), (200, """{"hostname":"made-up.trycloudflare.com"}"""))!.Link);
        Assert.Null(Read(quick, (503, """{"status":503,"readyConnections":0}"""), (200, """{"hostname":"made-up.trycloudflare.com"}""")));
        Assert.Null(Read(quick, (200, "{}"), (200, """{"hostname":""}""")));
        Assert.Equal("https://house.example/", Read(new Cloudflared(("id", "/etc/t.json", "house.example"), TimeProvider.System), (200, "{}"))!.Link);
    }

    [Fact]
    public void Frp_stands_when_its_proxy_runs()
    {
        static string Json(string kind, string status, string error = "") => $$"""{"{{kind}}":[{"name":"gateway","type":"{{kind}}","status":"{{status}}","err":"{{error}}","local_addr":"127.0.0.1:1","remote_addr":""}]}""";
        Assert.Equal(("frps.example", 443), Read(FrpOf(), (200, Json("https", "running"))) is { } end ? (end.Host, end.Port) : default);
        Assert.Null(Read(FrpOf(), (200, Json("tcp", "running"))));
        Assert.Null(Read(FrpOf(), (200, Json("https", "wait start"))));
        Assert.Null(Read(FrpOf(), (401, Json("https", "running"))));
        Assert.Equal(IngressProblem.PortTaken, Assert.Throws<TunnelException>(() => Read(FrpOf(null), (200, Json("tcp", "start error", "port already used")))).Problem);
        Assert.Equal(IngressProblem.NotAuthorised, FrpOf().Reason("login to the server failed: token in login doesn't match token from configuration.")!.Problem);
    }

    [Fact]
    public void A_command_s_line_tells_where_it_ends()
    {
        var url = TunnelKinds.Compiled("(?<url>https://[^ ]+)");
        Assert.Equal(("a.lhr.life", 443, "https://a.lhr.life/"), new CommandTunnel(["x"], null, url, true, TimeProvider.System).Read("tunneled with tls, https://a.lhr.life", null) is { } read ? (read.Host, read.Port, read.Link) : default);
        var port = new CommandTunnel(["x"], ("relay.example", 443), TunnelKinds.Compiled("port (?<port>[0-9]+)"), false, TimeProvider.System);
        Assert.Equal(40001, port.Read("Allocated port 40001 for remote forward", null)!.Port);
        Assert.Null(port.Read("Allocated port 99999 for remote forward", null));
        Assert.Null(new CommandTunnel(["x"], null, url, false, TimeProvider.System).Read("https://", null));
    }

    [Fact]
    public void Nothing_that_a_program_says_breaks_its_reader()
    {
        var kinds = new ProgramTunnel[] { Kite(), NgrokOf("tls://a.example"), new Cloudflared(null, TimeProvider.System), FrpOf(), new CommandTunnel(["x"], null, TunnelKinds.Compiled("(?<host>.*):(?<port>.*)"), false, TimeProvider.System) };
        string[] parts = ["{", "}", "[", "]", "\"endpoints\"", "\"https\"", "\"gateway\"", "\"name\"", "\"url\"", "\"hostname\"", "\"status\"", ":", ",", "null", "1e999", "\"running\"", "be_status:", "status=", "FFFFFFFFF", ";", "domain=pycon.duckdns.org", "proto=https", "\0", "\ud800", "https://", "[::", "notify:", new string('[', 200)];
        Gen.Select(Gen.Int[0, kinds.Length - 1], Gen.Int[0, parts.Length - 1].Array[0, 24]).Sample((kind, said) =>
        {
            var text = string.Concat(said.Select(i => parts[i]));
            try
            {
                kinds[kind].Read(text, null);
                Read(kinds[kind], (200, text), (200, text));
                kinds[kind].Reason(text);
            }
            catch (TunnelException) { }
        }, iter: 20_000);
    }
}

using System.Net;
using System.Text.RegularExpressions;

namespace Gateway.Host.Tests.Page;

public sealed class PageEndpointsTests
{
    [Fact]
    public async Task The_page_opens_for_strangers_under_a_policy_without_inline_script()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var reply = await gateway.Http.GetAsync("/");
        Assert.Equal("text/html", reply.Content.Headers.ContentType!.MediaType);
        var policy = reply.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_been_here_gets_the_page_again_for_a_304()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var first = await gateway.Http.GetAsync("/");
        using var again = new HttpRequestMessage(HttpMethod.Get, "/");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        var reply = await gateway.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, reply.StatusCode);
        Assert.Empty(await reply.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("identity", null)]
    public async Task A_file_comes_in_the_encoding_that_the_browser_takes(string accepted, string? expected)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        var reply = await gateway.Http.SendAsync(request);
        Assert.Equal(expected, reply.Content.Headers.ContentEncoding.SingleOrDefault());
    }

    [Fact]
    public async Task Everything_the_page_names_is_there_and_assets_never_change_under_their_address()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var page = await gateway.Http.GetStringAsync("/");
        var named = Regex.Matches(page, "(?:href|src)=\"(?<path>/[^\"]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Select(m => m.Groups["path"].Value).Distinct(StringComparer.Ordinal).ToArray();
        Assert.NotEmpty(named);
        foreach (var path in named)
        {
            var reply = await gateway.Http.GetAsync(path);
            Assert.True(reply.IsSuccessStatusCode, path);
            if (path.StartsWith("/assets/", StringComparison.Ordinal)) Assert.Contains("immutable", reply.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await gateway.Http.GetAsync("/assets/of-another-version/main.js")).StatusCode);
    }

    [Fact]
    public async Task The_worker_knows_every_asset()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var worker = await gateway.Http.GetStringAsync("/sw.js");
        Assert.DoesNotContain("{{", worker, StringComparison.Ordinal);
        Assert.Contains("'views/lights.js'", worker, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scripts_and_styles_go_out_without_the_words_that_are_for_their_readers()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var page = await gateway.Http.GetStringAsync("/");
        foreach (Match path in Regex.Matches(page, "/assets/[^\"]+", RegexOptions.None, TimeSpan.FromSeconds(1)))
        {
            var lines = (await gateway.Http.GetStringAsync(path.Value)).TrimEnd('\n').Split('\n');
            Assert.DoesNotContain(lines, line => line.Length == 0 || line[0] is ' ' or '\t' || line.StartsWith("//", StringComparison.Ordinal) || line.StartsWith("/*", StringComparison.Ordinal) || line.StartsWith("* ", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("a\n  // b\n\n  c // d\n", "a\nc\n")]
    [InlineData("a('http://b'); // it's\nb('c // d'); // e\n", "a('http://b'); // it's\nb('c // d');\n")]
    [InlineData("/** one */ two\n/* three\n * four\n */ five\nsix\n", "two\nfive\nsix\n")]
    [InlineData("x = y\n  * z;\r\n", "x = y\n* z;\n")]
    [InlineData("/* never ends", "")]
    public void Comments_are_left_out_and_what_may_be_in_a_string_is_not(string source, string served) =>
        Assert.Equal(served, System.Text.Encoding.UTF8.GetString(Gateway.Host.Page.WithoutComments.Of(System.Text.Encoding.UTF8.GetBytes(source))));

    [Fact]
    public void Of_styles_the_spaces_that_say_nothing_are_left_out_too() => Assert.Equal("a,b > c{width:calc(1rem + 2px);color:red}d{e:f}@media (x:y){g{h:i}}".Replace(" > ", ">", StringComparison.Ordinal),
        System.Text.Encoding.UTF8.GetString(Gateway.Host.Page.WithoutComments.Of("a, b > c {\n  width: calc(1rem + 2px);\n  color: red;\n}\n/* x */\nd { e: f; }\n@media (x: y) {\n  g { h: i; }\n}\n"u8.ToArray(), isStyle: true)).ReplaceLineEndings(""));

    /// <summary>Else leaving out lines would change what they say.</summary>
    [Fact]
    public void No_string_of_a_script_runs_over_the_end_of_a_line()
    {
        var assembly = typeof(GatewayApp).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".js", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            while (reader.ReadLine()?.Replace("'`'", "", StringComparison.Ordinal) is { } line) Assert.True(line.Count(c => c == '`') % 2 == 0, name + ": " + line);
        }
    }

    [Fact]
    public async Task Head_tells_the_same_without_a_body()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, "/icon.svg");
        var reply = await gateway.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.True(reply.Content.Headers.ContentLength > 0);
        Assert.Empty(await reply.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/nothing/here", "text/html", HttpStatusCode.NotFound)]
    [InlineData("/wp-admin/setup.php", "text/html", HttpStatusCode.NotFound)]
    [InlineData("/api/nothing", "application/problem+json", HttpStatusCode.NotFound)]
    [InlineData("/API/nothing", "application/problem+json", HttpStatusCode.NotFound)]
    public async Task What_is_not_there_is_said_as_its_visitor_reads(string path, string type, HttpStatusCode status)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var reply = await gateway.Local.GetAsync(path);
        Assert.Equal(status, reply.StatusCode);
        Assert.Equal(type, reply.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_method_that_an_address_does_not_know_is_not_taken_for_a_missing_page()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await gateway.Local.PostAsync("/api/lights", null)).StatusCode);
    }
}

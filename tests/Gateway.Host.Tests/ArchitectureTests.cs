using System.Text.RegularExpressions;

namespace Gateway.Host.Tests;

/// <summary>Program -> features -> Core; only lights, indicator and the composition see Gateway.Devices.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string[] Composition = ["Program.cs", "GatewayApp.cs", "Listeners.cs", "Logging.cs"];
    /// <summary>The program's commands: with Program.cs they stand above the features, which never name them.</summary>
    private const string Program = "CommandLine";
    private static readonly string[] MaySeeDevices = ["Lights", "Indicator"];

    private static readonly string Host = Path.Combine(Repository.Root, "src", "Gateway.Host");

    public static TheoryData<string> Features => [.. Directory.GetDirectories(Host).Select(d => Path.GetFileName(d)).Where(d => d is not ("bin" or "obj" or "wwwroot" or "Core" or "Properties" or Program))];

    [Theory]
    [MemberData(nameof(Features))]
    public void A_feature_names_no_other_feature(string feature)
    {
        var others = Features.Select(f => f.Data).Append(Program).Where(f => f != feature);
        var offences = Names(Path.Combine(Host, feature)).Where(n => others.Any(o => n.Name.StartsWith($"Gateway.Host.{o}", StringComparison.Ordinal) && !IsLonger(n.Name, o)));
        Assert.Empty(offences);
    }

    [Fact]
    public void Core_depends_on_no_feature() =>
        Assert.DoesNotContain(Names(Path.Combine(Host, "Core")), n => n.Name.StartsWith("Gateway.Host.", StringComparison.Ordinal) && !n.Name.StartsWith("Gateway.Host.Core", StringComparison.Ordinal));

    [Fact]
    public void Only_lights_the_indicator_and_the_composition_see_the_devices()
    {
        var offences = Directory.GetDirectories(Host).Where(d => !MaySeeDevices.Contains(Path.GetFileName(d)) && !d.EndsWith("obj", StringComparison.Ordinal) && !d.EndsWith("bin", StringComparison.Ordinal))
            .SelectMany(Names).Where(n => n.Name.StartsWith("Gateway.Devices", StringComparison.Ordinal));
        Assert.Empty(offences);
    }

    [Fact]
    public void The_devices_see_no_other_project() =>
        Assert.DoesNotContain(Names(Path.Combine(Repository.Root, "src", "Gateway.Devices")), n => n.Name.StartsWith("Gateway.Host", StringComparison.Ordinal));

    [Fact]
    public void Files_outside_the_features_are_the_composition_only() =>
        Assert.Empty(Directory.GetFiles(Host, "*.cs").Select(f => Path.GetFileName(f)).Except(Composition, StringComparer.Ordinal));

    [Fact]
    public void No_source_file_is_longer_than_three_hundred_lines_of_code()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".cs" or ".js" or ".css" && !Generated().IsMatch(f));
        Assert.DoesNotContain(files, f => File.ReadLines(f).Count(l => l.Trim() is { Length: > 0 } t && !t.StartsWith("//", StringComparison.Ordinal)) > 300);
    }

    /// <summary>The log's own words are short and for programs; the page has others, for people, and none for what there is no more.</summary>
    [Fact]
    public void The_page_has_words_for_every_deed_in_the_audit_log()
    {
        var codes = Directory.GetFiles(Host, "*.cs", SearchOption.AllDirectories).Where(f => !Generated().IsMatch(f)).SelectMany(f => Deed().Matches(File.ReadAllText(f))).Select(m => m.Groups["code"].Value)
            .Where(c => GatewayApp.Schema.Find(c) is null && !GatewayApp.Schema.Tables.Contains(c));
        var deeds = Regex.Match(Repository.Read("src/Gateway.Host/wwwroot/assets/views/house.js"), @"deeds = \{(?<words>[^}]+)\}", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["words"].Value;
        var worded = Regex.Matches(deeds, "'(?<code>[^']+)':", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Select(m => m.Groups["code"].Value);
        Assert.Equal(codes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), worded.Order(StringComparer.Ordinal));
    }

    /// <summary>Every mention of one of our namespaces in code: usings and full names.</summary>
    private static IEnumerable<(string File, string Name)> Names(string folder) =>
        from file in Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
        where !Generated().IsMatch(file)
        from line in File.ReadLines(file)
        where !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && !line.StartsWith("namespace ", StringComparison.Ordinal)
        from Match match in Mention().Matches(line)
        select (Path.GetFileName(file), match.Value);

    private static bool IsLonger(string name, string feature) =>
        name.Length > "Gateway.Host.".Length + feature.Length && name["Gateway.Host.".Length + feature.Length] is not '.';

    [GeneratedRegex(@"\bGateway\.(Host|Devices)(\.\w+)*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mention();

    /// <summary>A thing and what was done to it, as an argument: <c>"friend.invited",</c>.</summary>
    [GeneratedRegex(@"""(?<code>[a-z]+\.([a-z]+ed|reset))""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Deed();

    [GeneratedRegex(@"[\\/](bin|obj)[\\/]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Generated();
}

using System.Runtime.CompilerServices;
using Gateway.Host.Doctor;

namespace Gateway.Host.Tests.Doctor;

/// <summary>docs/doctor.md lists every cause as the doctor tells it; run the tests with UPDATE_DOCS=1 to write the list anew.</summary>
public sealed class DoctorDocumentTests
{
    private const string Begin = "<!-- causes: written by the tests, UPDATE_DOCS=1 -->\n";
    private const string End = "<!-- /causes -->\n";

    [Fact]
    public void Every_cause_is_documented()
    {
        var file = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../docs/doctor.md"));
        var text = File.ReadAllText(file);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        Assert.True(begin >= Begin.Length && end >= begin, "docs/doctor.md has lost its marks");
        var expected = "| code | | what to do |\n|---|---|---|\n" + string.Concat(typeof(Causes).GetProperties().Select(p => (Cause)p.GetValue(null)!)
            .Select(c => $"| `{c.Code}` | **{c.Title}.** {c.Explanation} | {c.Cure.Replace("{port}", "443", StringComparison.Ordinal).Replace("{local}", "the gateway", StringComparison.Ordinal)} |\n"));
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(file, text[..begin] + expected + text[end..]);
        else Assert.True(text[begin..end] == expected, "docs/doctor.md is not what the doctor says; run this test with UPDATE_DOCS=1 and commit the file");
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}

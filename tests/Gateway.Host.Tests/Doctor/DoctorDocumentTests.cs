using Gateway.Host.Doctor;

namespace Gateway.Host.Tests.Doctor;

/// <summary>docs/doctor.md lists every cause as the doctor tells it; run the tests with UPDATE_DOCS=1 to write the list anew.</summary>
public sealed class DoctorDocumentTests
{
    [Fact]
    public void Every_cause_is_documented() => Repository.Documents("docs/doctor.md", "causes", "| code | | what to do |\n|---|---|---|\n" + string.Concat(typeof(Causes).GetProperties().Select(p => (Cause)p.GetValue(null)!)
        .Select(c => $"| `{c.Code}` | **{c.Title}.** {c.Explanation} | {c.Cure.Replace("{port}", "443", StringComparison.Ordinal).Replace("{local}", "the gateway", StringComparison.Ordinal)} |\n")));
}

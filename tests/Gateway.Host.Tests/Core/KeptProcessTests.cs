using System.Collections.Concurrent;
using System.Diagnostics;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Core;

public sealed class KeptProcessTests
{
    [Fact]
    public async Task A_program_of_others_is_told_none_of_the_gateways_secrets_by_its_environment()
    {
        const string Secret = "GATEWAY__NAME__TOKEN_OF_THIS_TEST";
        Environment.SetEnvironmentVariable(Secret, "s3cret");
        try
        {
            var (_, said, _) = await KeptProcess.RunAsync("/usr/bin/env", [], TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Contains("PATH=", said, StringComparison.Ordinal);
            Assert.DoesNotContain("GATEWAY__", said, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("s3cret", said, StringComparison.Ordinal);
        }
        finally { Environment.SetEnvironmentVariable(Secret, null); }
    }

    [Fact]
    public async Task A_program_that_has_gone_into_the_background_with_its_output_open_does_not_hold_up_the_end()
    {
        var lines = new ConcurrentQueue<string>();
        var kept = KeptProcess.Start("/bin/sh", _ => ["-c", "setsid sh -c 'echo $$; exec sleep 60' & exit 0"], lines.Enqueue, _ => { });
        string? left;
        for (var turn = 0; !lines.TryPeek(out left); turn++)
        {
            Assert.True(turn < 4000, "it says nothing");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
        try { await kept.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken); }
        finally
        {
            using var sleeper = Process.GetProcessById(int.Parse(left, System.Globalization.CultureInfo.InvariantCulture));
            sleeper.Kill();
        }
    }
}

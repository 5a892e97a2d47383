using System.Diagnostics;

namespace Gateway.Host.Tests.Indicator;

/// <summary>The keeper processes of a gateway.</summary>
internal static class Keepers
{
    /// <summary>The keeper of this gateway, waited for.</summary>
    public static async Task<Process> OfAsync(Process gateway)
    {
        while (true)
        {
            Assert.False(gateway.HasExited);
            var children = await File.ReadAllTextAsync($"/proc/{gateway.Id}/task/{gateway.Id}/children");
            foreach (var thread in Directory.GetDirectories($"/proc/{gateway.Id}/task")) children += " " + await ReadAsync(Path.Combine(thread, "children"));
            foreach (var id in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if ((await ReadAsync($"/proc/{id}/cmdline")).Contains("\0led-keeper\0", StringComparison.Ordinal)) return Process.GetProcessById(int.Parse(id));
            }
            await Task.Yield();
        }
    }

    private static async Task<string> ReadAsync(string file)
    {
        try { return await File.ReadAllTextAsync(file); }
        catch (IOException) { return ""; }
    }
}

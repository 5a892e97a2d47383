using Gateway.Published;

namespace Gateway.Benchmarks;

/// <summary>The gateway as it is measured: native, on the server's core, with the settings it is installed with.</summary>
internal static class Gateways
{
    /// <summary>One light without hardware.</summary>
    public const string Lights = """
        [lights.desk]
        driver = "simulated"
        """;

    public static Task<PublishedGateway> StartAsync(Options options, string lights = Lights) =>
        PublishedGateway.StartAsync([options.Native], lights, Options.ServerCore, environment: Options.Environment);
}

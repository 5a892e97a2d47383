using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Core;

/// <summary>What one peer can cost a server: memory, time and connections.</summary>
internal static class ServerLimits
{
    /// <summary>A peer that drips its bytes (Slowloris) is cut after ten seconds.</summary>
    public static void Apply(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = 8192; // MQTT's among them; the broker has limits of its own below this.
        limits.MaxConcurrentUpgradedConnections = 4096;
        limits.MaxRequestLineSize = 4 * 1024;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestBodySize = 64 * 1024;
        limits.MaxRequestBufferSize = 128 * 1024;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.Http2.MaxStreamsPerConnection = 64;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        limits.Http2.MaxRequestHeaderFieldSize = 8 * 1024;
    }
}

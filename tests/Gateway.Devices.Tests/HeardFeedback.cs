using System.Threading.Channels;

namespace Gateway.Devices.Tests;

/// <summary>Hears what a driver tells, in its order.</summary>
internal sealed class HeardFeedback : ILightFeedback
{
    private readonly Channel<(LightState? Reported, bool? Available, string? Reason)> _heard = Channel.CreateUnbounded<(LightState?, bool?, string?)>();

    public void Report(LightState state) => _heard.Writer.TryWrite((state, null, null));

    public void SetAvailable(bool available, string? reason = null) => _heard.Writer.TryWrite((null, available, reason));

    public bool IsSilent => _heard.Reader.Count == 0;

    public async Task<(LightState? Reported, bool? Available, string? Reason)> NextAsync() => await _heard.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
}

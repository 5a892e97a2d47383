using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Gateway.Devices.Tests;

/// <summary>A fixture whose every step the test decides. It counts how many wishes were applied at one time.</summary>
internal sealed class ScriptedLight : ILightDriver
{
    private int _atOnce;

    public LightCapabilities Capabilities { get; init; } = LightCapabilities.OnOff;
    public bool Reports { get; init; } = true;

    /// <summary>What a wish does; nothing when null.</summary>
    public Func<LightState, CancellationToken, ValueTask>? OnApply { get; init; }
    public Func<CancellationToken, ValueTask>? OnStart { get; init; }
    public Func<ValueTask>? OnDispose { get; init; }

    public ILightFeedback Feedback { get; private set; } = null!;
    public ConcurrentQueue<LightState> Applied { get; } = new();
    public Channel<LightState> Wishes { get; } = Channel.CreateUnbounded<LightState>();
    public int MostAtOnce { get; private set; }
    public bool Disposed { get; private set; }

    public ValueTask StartAsync(ILightFeedback feedback, CancellationToken cancellationToken)
    {
        Feedback = feedback;
        return OnStart?.Invoke(cancellationToken) ?? ValueTask.CompletedTask;
    }

    public async ValueTask ApplyAsync(LightState state, CancellationToken cancellationToken)
    {
        MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _atOnce));
        try
        {
            Applied.Enqueue(state);
            await Wishes.Writer.WriteAsync(state, CancellationToken.None);
            if (OnApply is not null) await OnApply(state, cancellationToken);
        }
        finally { Interlocked.Decrement(ref _atOnce); }
    }

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return OnDispose?.Invoke() ?? ValueTask.CompletedTask;
    }

    /// <summary>The next wish that reached the fixture.</summary>
    public async Task<LightState> NextAsync() => await Wishes.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
}

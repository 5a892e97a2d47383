using System.Buffers;
using System.IO.Pipelines;
using Gateway.Host.Core;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Broker;

/// <summary>
/// One network connection: a transport and what CONNECT said. Writing never waits: bytes go into the pipe until it is full, then
/// <see cref="CanWrite"/> is false until the client has read, and <see cref="OnWritable"/> is told. Any thread may write.
/// </summary>
internal sealed class MqttConnection(IDuplexPipe transport, ClientOrigin origin, bool isWebSocket, Action abort, TimeProvider time)
{
    /// <summary>So many unflushed bytes are handed to the transport at once; it sends while we encode on.</summary>
    private const int FlushAt = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly PipeWriter _output = transport.Output;
    private Queue<byte[]>? _control;
    private int _unflushed;
    private Task? _flushing;
    private volatile bool _ended;

    public PipeReader Input { get; } = transport.Input;
    public ClientOrigin Origin { get; } = origin;
    public bool IsWebSocket { get; } = isWebSocket;

    /// <summary>Whether nobody on the way can read it.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>When the connection came, then when the last packet did (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public long LastReceived { get; set; } = time.GetTimestamp();

    /// <summary>Fires when the transport is closed.</summary>
    public CancellationToken Gone { get; init; }

    /// <summary>False once the connection is to end; its read loop leaves at the next turn.</summary>
    public bool IsOpen => !_ended;

    public MqttProtocolVersion Version { get; set; }

    /// <summary>The client identifier that the broker chose, where the client left it open.</summary>
    public string? AssignedIdentifier { get; set; }

    public ClientRights? Rights { get; set; }
    public ClientSession? Session { get; set; }
    public TimeSpan KeepAlive { get; set; }

    /// <summary>The will; null when there is none or a DISCONNECT took it back.</summary>
    public MqttPublishPacket? Will { get; set; }
    public TimeSpan WillDelay { get; set; }

    /// <summary>The longest packet and the most QoS 1 and 2 messages on their way that the client takes.</summary>
    public long MaximumPacketSize { get; set; } = long.MaxValue;
    public int ReceiveMaximum { get; set; }

    /// <summary>Called when a full pipe has room again.</summary>
    public Action? OnWritable { get; set; }

    /// <summary>Whether a message would go out now; else it waits in the session's queue, where its number is bounded.</summary>
    public bool CanWrite => _flushing is null && !_ended;

    /// <summary>Writes an answer. Where the pipe is full it waits for its turn; their number is bounded since the read loop waits for <see cref="FlushAsync"/> too.</summary>
    public void Write(MqttPacket packet)
    {
        var bytes = MqttCodec.Encode(packet, Version);
        lock (_lock)
        {
            if (_ended) return;
            if (_flushing is not null) (_control ??= new Queue<byte[]>()).Enqueue(bytes);
            else Append(bytes);
        }
    }

    /// <summary>Writes a PUBLISH when <see cref="CanWrite"/>; false when the pipe filled up meanwhile.</summary>
    public bool TryWrite(byte[] publish, ushort identifier, bool duplicate, PublishBatch? batch)
    {
        lock (_lock)
        {
            if (!CanWrite) return false;
            if (publish.Length > MaximumPacketSize) return true; // "MUST discard it" [MQTT-3.1.2-25]
            if (_unflushed == 0) batch?.Written.Add(this);
            if (identifier == 0)
            {
                Append(publish);
            }
            else
            {
                var span = _output.GetSpan(publish.Length);
                publish.CopyTo(span);
                if (duplicate) span[0] |= 0x08;
                var at = MqttCodec.PacketIdentifierOffset(publish);
                span[at] = (byte)(identifier >> 8);
                span[at + 1] = (byte)identifier;
                _output.Advance(publish.Length);
                _unflushed += publish.Length;
            }
            if (_unflushed >= FlushAt) StartFlush();
            return true;
        }
    }

    /// <summary>Sends what was written; the task ends when the client has room for more.</summary>
    public Task FlushAsync()
    {
        lock (_lock)
        {
            if (_flushing is null && _unflushed > 0 && !_ended) StartFlush();
            return _flushing ?? Task.CompletedTask;
        }
    }

    /// <summary>Ends the connection in words where the protocol has some (MQTT 5 only).</summary>
    public void Close(MqttDisconnectReasonCode reason)
    {
        if (Version == MqttProtocolVersion.V500 && Session is not null) Write(new MqttDisconnectPacket { ReasonCode = reason });
        _ = FlushAsync();
        End();
    }

    /// <summary>Lets the read loop leave; what was written is still sent.</summary>
    public void End()
    {
        _ended = true;
        Input.CancelPendingRead();
        _output.CancelPendingFlush();
    }

    /// <summary>After this nobody writes any more: the transport may be taken down.</summary>
    public void Finish()
    {
        lock (_lock) _ended = true;
    }

    /// <summary>Cuts the wire.</summary>
    public void Abort()
    {
        End();
        abort();
    }

    private void Append(byte[] bytes)
    {
        _output.Write(bytes);
        _unflushed += bytes.Length;
    }

    private void StartFlush()
    {
        _unflushed = 0;
        var flush = _output.FlushAsync();
        if (flush.IsCompletedSuccessfully)
        {
            var result = flush.Result;
            if (result.IsCompleted) _ended = true; // The client is gone; the read loop sees it too.
        }
        else
        {
            _flushing = FinishFlushAsync(flush);
        }
    }

    private async Task FinishFlushAsync(ValueTask<FlushResult> flush)
    {
        var gone = false;
        try
        {
            // Never on the caller's stack: it still holds the lock and has not stored this task yet.
            var result = flush.AsTask();
            await result.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            gone = (await result).IsCompleted;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException or System.Net.WebSockets.WebSocketException or ObjectDisposedException)
        {
            gone = true;
        }
        lock (_lock)
        {
            _flushing = null;
            if (gone) _ended = true;
            while (!_ended && _control is { Count: > 0 } && _flushing is null) Append(_control.Dequeue());
            if (!_ended && _unflushed > 0) StartFlush();
        }
        if (!_ended) OnWritable?.Invoke();
    }
}

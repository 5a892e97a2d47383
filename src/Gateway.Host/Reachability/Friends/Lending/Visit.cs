using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Host.Reachability.Friends.Lending;

/// <summary>Somebody who came to this gateway's door and asked for a friend. He waits for a line; a line that turns out to be dead puts him back.</summary>
internal sealed class Visit(ConnectionContext connection)
{
    private const int Waiting = 0, OnALine = 1, Gone = 2;

    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    public ConnectionContext Connection => connection;

    /// <summary>What he said first: read by the first line that wanted to take him, and gone from the connection only once a line has.</summary>
    public ReadResult? First { get; set; }

    public Task Over => _over.Task;

    /// <summary>A line takes him, unless he has left.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, OnALine, Waiting) == Waiting;

    /// <summary>He leaves, unless a line has him.</summary>
    public bool TryLeave() => Interlocked.CompareExchange(ref _state, Gone, Waiting) == Waiting;

    public void WaitAgain() => Interlocked.CompareExchange(ref _state, Waiting, OnALine);

    public void End() => _over.TrySetResult();
}

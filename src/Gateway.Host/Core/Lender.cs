namespace Gateway.Host.Core;

/// <summary>A friend's gateway whose way in this one uses.</summary>
/// <param name="Name">Its public name.</param>
/// <param name="Port">The HTTPS port under that name.</param>
public sealed record Lender(string Name, int Port);

/// <summary>Whose way in the owner wants to use, if anybody's. Friends have the choice, Ingress carries it out.</summary>
public sealed class LenderChoice
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _other = New();

    /// <summary>Null: nobody's.</summary>
    public Lender? Current { get; private set; }

    /// <summary>Another one, at once.</summary>
    public void Set(Lender? lender)
    {
        lock (_lock)
        {
            if (Current == lender) return;
            Current = lender;
            _other.TrySetResult();
            _other = New();
        }
    }

    /// <summary>Ends when it is another than <paramref name="seen"/>.</summary>
    public Task WaitForOtherAsync(Lender? seen, CancellationToken cancellationToken)
    {
        lock (_lock) return seen == Current ? _other.Task.WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Why a lender brings nobody.</summary>
public enum LenderRefusal
{
    /// <summary>It cannot be reached, or fails.</summary>
    Unreachable = 0,
    /// <summary>Its owner does not lend, or has stopped.</summary>
    NotLent,
    /// <summary>This month's volume is used up, or there are too many lines.</summary>
    UsedUp,
}

/// <summary>A lender could not be dialled.</summary>
/// <param name="words">The end of a sentence that begins with its name: "does not lend its way in".</param>
/// <param name="refusal">As the doctor names it.</param>
/// <param name="inner">Its cause.</param>
public sealed class LenderException(string words, LenderRefusal refusal, Exception? inner = null) : Exception(words, inner)
{
    /// <summary>What kind of refusal it is.</summary>
    public LenderRefusal Refusal { get; } = refusal;
}

/// <summary>Opens a line to a lender, over which it brings visitors (<see cref="VisitorLine"/>). Throws <see cref="LenderException"/>. Friends have it, Ingress asks.</summary>
public delegate Task<Stream> DialLender(Lender lender, CancellationToken cancellationToken);
